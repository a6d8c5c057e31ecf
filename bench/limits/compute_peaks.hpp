#pragma once

/// \file
/// What the arithmetic units do at most, measured: the figures that compute-bound work is stated
/// against.

#include <cstddef>

#include <tfm/parallel.hpp>
#include <tfm/simd/atoms/fp32.hpp>

#include "timing.hpp"

namespace tfm::bench {

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

} // namespace tfm::bench
