#pragma once

/// \file
/// What the arithmetic units do at most, measured: the figures that compute-bound work is stated
/// against.

#include <cstddef>
#include <string_view>
#include <vector>

#include <tfm/simd/atoms/fp32.hpp>

#include "dot_product_peaks.hpp"
#include "register_chains.hpp"
#include "tile_peaks.hpp"

namespace tfm::bench {

/// What numbers are multiplied; sums are kept in 32 bits.
enum class Arithmetic { fp32, bf16, int8 };

/// The rate of one kind of instruction: FLOP/s, for integers OP/s.
struct ComputePeak {
    std::string_view unit;
    Arithmetic arithmetic;
    double operations_per_second;
};

/// Fused multiply-adds per second of so many threads, times two: FLOP/s.
inline double measure_fma_peak(std::size_t threads)
{
    using simd::vec;
    vec const factor = simd::broadcast(opaque(0.999999F));
    vec const term = simd::broadcast(opaque(1e-6F));
    return 2.0 * static_cast<double>(simd::lanes) *
           measure_chains(threads, simd::broadcast(1.0F),
                          [=](vec sum) { return simd::fma(sum, factor, term); });
}

/// The peak of every kind of multiplying instruction that this program was compiled for and the
/// system lets it use.
inline std::vector<ComputePeak> measure_compute_peaks(std::size_t threads)
{
    std::vector<ComputePeak> peaks{{"fp32 FMA", Arithmetic::fp32, measure_fma_peak(threads)}};
#if TFM_ISA_HAS_BF16
    peaks.push_back({"bf16 dot product", Arithmetic::bf16, measure_bf16_dot_peak(threads)});
#endif
#if TFM_ISA_HAS_AVX512_VNNI || TFM_ISA_HAS_AVX_VNNI
    peaks.push_back({"int8 dot product", Arithmetic::int8, measure_int8_dot_peak(threads)});
#endif
#if TFM_BENCH_HAS_TILES
    if (simd::amx_permitted()) {
        peaks.push_back({"bf16 tile", Arithmetic::bf16, measure_bf16_tile_peak(threads)});
        peaks.push_back({"int8 tile", Arithmetic::int8, measure_int8_tile_peak(threads)});
    }
#endif
    return peaks;
}

} // namespace tfm::bench
