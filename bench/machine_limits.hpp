#pragma once

/// \file
/// What this machine can do at most, measured: the figures that speeds are stated against.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include <tfm/parallel.hpp>
#include <tfm/simd/atoms/fp32.hpp>
#include <tfm/tensor/tensor.hpp>

namespace tfm::bench {

/// Seconds on a monotonic clock.
inline double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Median, least and most of some samples.
struct Spread {
    double median;
    double min;
    double max;
};

inline Spread spread(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    return {samples[samples.size() / 2], samples.front(), samples.back()};
}

/// Keeps a result alive without storing it.
inline void keep(float value)
{
    float volatile sink = value;
    static_cast<void>(sink);
}

/// Fused multiply-adds per second of so many threads, times two: FLOP/s. Independent chains fill
/// the latency of both FMA units; nothing is loaded or stored.
inline double measure_fma_peak(std::size_t threads)
{
    using simd::vec;
    constexpr std::size_t steps = 4'000'000;
    constexpr std::size_t chains = simd::vector_registers == 32 ? 16 : 12;
    double const begin = now();
    parallel(threads, [&](Team) {
        float volatile opaque[] = {1.0F, 0.999999F, 1e-6F}; // not for the compiler to work out
        vec sums[chains];
        for (vec& sum : sums) sum = simd::broadcast(opaque[0]);
        vec const factor = simd::broadcast(opaque[1]);
        vec const term = simd::broadcast(opaque[2]);
        for (std::size_t i = 0; i < steps; ++i) {
            TFM_UNROLL
            for (std::size_t chain = 0; chain < chains; ++chain) {
                sums[chain] = simd::fma(sums[chain], factor, term);
            }
        }
        vec total = sums[0];
        for (vec const sum : sums) total += sum;
        keep(simd::reduce_add(total));
    });
    return 2.0 * static_cast<double>(threads * steps * chains * simd::lanes) / (now() - begin);
}

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
