#pragma once

/// \file
/// How fast threads read memory, measured: the figure that memory-bound work is stated against.

#include <algorithm>
#include <cstddef>

#include <tfm/parallel.hpp>
#include <tfm/simd/vec.hpp>
#include <tfm/tensor/tensor.hpp>

#include "timing.hpp"

namespace tfm::bench {

/// Bytes per second that so many threads read together, front to back, from a buffer of the size of
/// what they will later read in earnest; each thread reads `streams` parts side by side, as the
/// kernels read panels.
class ReadBandwidth {
public:
    explicit ReadBandwidth(std::size_t bytes) : buffer_(Vec<>(bytes / sizeof(float)))
    {
        std::fill_n(buffer_.data(), buffer_.size(), 1.0F); // pages of zeros would all be one page
    }

    double measure(std::size_t threads) const
    {
        double const begin = now();
        parallel(threads, [&](Team team) {
            IndexRange const mine = team.share(buffer_.size());
            keep(sum(buffer_.data() + mine.begin, mine.size()));
        });
        return static_cast<double>(buffer_.size_bytes()) / (now() - begin);
    }

private:
    static constexpr std::size_t streams = 4;

    static float sum(const float* from, std::size_t count)
    {
        using simd::vec;
        std::size_t const part = count / streams / simd::lanes * simd::lanes;
        vec sums[streams];
        for (vec& s : sums) s = simd::broadcast(0.0F);
        for (std::size_t i = 0; i < part; i += simd::lanes) {
            for (std::size_t s = 0; s < streams; ++s) sums[s] += simd::load(from + s * part + i);
        }
        vec total = sums[0];
        for (std::size_t s = 1; s < streams; ++s) total += sums[s];
        return simd::reduce_add(total);
    }

    Tensor<float, Vec<>> buffer_;
};

} // namespace tfm::bench
