#pragma once

/// \file
/// Peaks of the instructions that add up products of neighbouring bf16 or int8 values. In assembly,
/// because GCC 12 copies every sum before and after the intrinsics, and that shows in the rate.

#include <cstddef>
#include <cstdint>

#include <tfm/simd/isa.hpp>

#include "register_chains.hpp"

#if TFM_ISA_HAS_BF16 || TFM_ISA_HAS_AVX512_VNNI || TFM_ISA_HAS_AVX_VNNI
#include <immintrin.h>
#endif

namespace tfm::bench {

#if TFM_ISA_HAS_BF16

/// FLOP/s of VDPBF16PS: 16 lanes, each the sum of two products.
inline double measure_bf16_dot_peak(std::size_t threads)
{
    struct Sums {
        __m512 lanes;
    };
    __m512i const factors = _mm512_set1_epi32(opaque(0x3C003C00)); // 2^-7 twice
    constexpr double operations = 2.0 * 2.0 * 16.0;
    return operations * measure_chains(threads, Sums{_mm512_set1_ps(1.0F)}, [=](Sums sums) {
               __asm__("vdpbf16ps %1, %1, %0" : "+v"(sums.lanes) : "v"(factors));
               return sums;
           });
}

#endif

#if TFM_ISA_HAS_AVX512_VNNI

/// OP/s of VPDPBUSD: 16 lanes, each the sum of four products.
inline double measure_int8_dot_peak(std::size_t threads)
{
    struct Sums {
        __m512i lanes;
    };
    __m512i const factors = _mm512_set1_epi32(opaque(0x03030303));
    constexpr double operations = 2.0 * 4.0 * 16.0;
    return operations * measure_chains(threads, Sums{_mm512_set1_epi32(1)}, [=](Sums sums) {
               __asm__("vpdpbusd %1, %1, %0" : "+v"(sums.lanes) : "v"(factors));
               return sums;
           });
}

#elif TFM_ISA_HAS_AVX_VNNI

/// OP/s of VPDPBUSD: 8 lanes, each the sum of four products.
inline double measure_int8_dot_peak(std::size_t threads)
{
    struct Sums {
        __m256i lanes;
    };
    __m256i const factors = _mm256_set1_epi32(opaque(0x03030303));
    constexpr double operations = 2.0 * 4.0 * 8.0;
    return operations * measure_chains(threads, Sums{_mm256_set1_epi32(1)}, [=](Sums sums) {
               __asm__("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sums.lanes) : "x"(factors));
               return sums;
           });
}

#endif

} // namespace tfm::bench
