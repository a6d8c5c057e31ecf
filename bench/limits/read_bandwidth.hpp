#pragma once

/// \file
/// How fast threads read memory, measured: the figure that memory-bound work is stated against.

#include <algorithm>
#include <cstddef>

#include <tfm/parallel.hpp>
#include <tfm/simd/atoms/fp32.hpp>
#include <tfm/tensor/tensor.hpp>

#include "timing.hpp"

namespace tfm::bench {

/// Bytes per second that so many threads read together, front to back, from a buffer of the size of
/// what they will later read in earnest. Each thread reads a group of `streams` parts side by side
/// and then the next, as the kernels read panels: parts that lie far apart are read at two thirds
/// of the rate, and kernels would seem to beat the limit.
class ReadBandwidth {
public:
    explicit ReadBandwidth(std::size_t bytes) : buffer_(Vec<>(bytes / sizeof(float)))
    {
        std::fill_n(buffer_.data(), buffer_.size(), 1.0F); // pages of zeros would all be one page
    }

    /// The buffer is read `passes` times: more than once for one that stays in a cache, where a
    /// single pass would time the start of the threads.
    double measure(std::size_t threads, std::size_t passes = 1) const
    {
        double const begin = now();
        parallel(threads, [&](Team team) {
            IndexRange const mine = team.share(buffer_.size());
            for (std::size_t pass = 0; pass < passes; ++pass) {
                for (std::size_t i = mine.begin; i < mine.end; i += group) {
                    keep(sum(buffer_.data() + i, std::min(group, mine.end - i)));
                }
                forget_memory();
            }
        });
        return static_cast<double>(passes * buffer_.size_bytes()) / (now() - begin);
    }

private:
    static constexpr std::size_t streams = 4;
    /// Floats of a group: four panels of 768 inputs.
    static constexpr std::size_t group = streams * 768 * panel_width;
    /// Registers summed into per stream: with fewer, additions and not loads bound reads from L1.
    static constexpr std::size_t unroll = 2;

    static float sum(const float* from, std::size_t count)
    {
        using simd::vec;
        constexpr std::size_t step = unroll * simd::lanes;
        std::size_t const part = count / streams / step * step;
        vec sums[streams][unroll];
        for (auto& stream : sums) {
            for (vec& s : stream) s = simd::broadcast(0.0F);
        }
        for (std::size_t i = 0; i < part; i += step) {
            TFM_UNROLL
            for (std::size_t s = 0; s < streams; ++s) {
                TFM_UNROLL
                for (std::size_t u = 0; u < unroll; ++u) {
                    sums[s][u] += simd::load(from + s * part + i + u * simd::lanes);
                }
            }
        }
        vec total = simd::broadcast(0.0F);
        for (const auto& stream : sums) {
            for (vec const s : stream) total += s;
        }
        return simd::reduce_add(total);
    }

    Tensor<float, Vec<>> buffer_;
};

} // namespace tfm::bench
