#pragma once

/// \file
/// The int8 atom on vector registers: VNNI in either width, an exact fallback on AVX2, SDOT on
/// 64-bit Arm, and plain integers elsewhere. Sums are equal bit for bit on all of them.
///
/// Weights are within [-127, 127], inputs within [-128, 127].

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../intrinsics.hpp"
#include "register_atom.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

TFM_INTRINSICS_BEGIN

/// What every int8 step has in common.
struct Int8Types {
    using input_type = std::int8_t;
    using weight_type = std::int8_t;
    using sum_type = std::int32_t;
    static constexpr std::size_t phases = 1;

    /// Four inputs as one integer.
    static std::int32_t group(const std::int8_t* at) noexcept
    {
        std::int32_t four = 0;
        std::memcpy(&four, at, sizeof(four));
        return four;
    }
};

#if TFM_ISA_HAS_AVX512_VNNI

/// VPDPBUSD wants one unsigned operand: weights are flipped to w + 128, and the sums begin with
/// -128 times the sum of the inputs.
struct Int8Step : Int8Types {
    using Sum = __m512i;
    using Cell = __m512i;
    static constexpr int registers_per_cell = 1;
    static constexpr int accumulators = 24;

    static Sum start(const std::int8_t* x, std::size_t k) noexcept
    {
        __m512i const ones = _mm512_set1_epi8(1);
        __m512i sum = _mm512_setzero_si512();
        for (std::size_t i = 0; i < k; i += sizeof(Sum)) {
            std::size_t const rest = k - i;
            __mmask64 const mask = rest < 64 ? (std::uint64_t{1} << rest) - 1 : ~std::uint64_t{0};
            accumulate(sum, _mm512_maskz_loadu_epi8(mask, x + i), ones);
        }
        return _mm512_set1_epi32(-128 * _mm512_reduce_add_epi32(sum));
    }
    static Cell cell(const std::int8_t* at, std::size_t) noexcept
    {
        return _mm512_xor_si512(_mm512_loadu_si512(at), _mm512_set1_epi8(-128));
    }
    static Cell input(const std::int8_t* at, std::size_t) noexcept
    {
        return _mm512_set1_epi32(group(at));
    }
    /// This is assembly because GCC 12 copies every sum before and after the intrinsic.
    static void accumulate(Sum& sum, Cell input, Cell cell) noexcept
    {
        __asm__("vpdpbusd %1, %2, %0" : "+v"(sum) : "v"(input), "v"(cell));
    }
    static void store(std::int32_t* to, Sum sum) noexcept { _mm512_storeu_si512(to, sum); }
};

#elif TFM_ISA_HAS_AVX2

/// Four inputs in every lane, and what the fallback multiplies instead.
struct Int8Input {
    __m256i value;
    __m256i magnitude;
};

struct Int8Step : Int8Types {
    using Sum = __m256i;
    using Cell = __m256i;
    static constexpr int registers_per_cell = 2;
    /// 8 + 2 cells + 2 for the input + 1 product (+ 1 of ones) of 16 registers.
    static constexpr int accumulators = 8;

    static Sum start(const std::int8_t*, std::size_t) noexcept { return _mm256_setzero_si256(); }
    static Cell cell(const std::int8_t* at, std::size_t) noexcept
    {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    }
    static Int8Input input(const std::int8_t* at, std::size_t) noexcept
    {
        __m256i const value = _mm256_set1_epi32(group(at));
        return {value, _mm256_abs_epi8(value)};
    }
    /// x w = |x| * sign(w, x), whose left side is unsigned as the instructions want it. Where pairs
    /// are added in 16 bits they cannot saturate: 2 * 128 * 127 = 32512.
    static void accumulate(Sum& sum, Int8Input input, Cell cell) noexcept
    {
        __m256i const weights = _mm256_sign_epi8(cell, input.value);
#if TFM_ISA_HAS_AVX_VNNI
        __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(input.magnitude), "x"(weights));
#else
        __m256i const pairs = _mm256_maddubs_epi16(input.magnitude, weights);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#endif
    }
    static void store(std::int32_t* to, Sum sum) noexcept
    {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sum);
    }
};

#elif TFM_ISA_HAS_NEON_DOTPROD

/// SDOT takes signed bytes, four of K for each of four columns: a quarter of a cell. (SMMLA, twice
/// as fast where there is i8mm, wants eight of K for each column and two rows in a register: cells
/// zipped two by two on their way, and sums of two rows to part again. A layout that serves it
/// would not be the one of all instruction sets.)
struct Int8Step : Int8Types {
    using Sum = int32x4_t;
    using Cell = int8x16_t;
    static constexpr int registers_per_cell = 4;
    /// 24 + 4 cells + 1 input of 32 registers.
    static constexpr int accumulators = 24;

    static Sum start(const std::int8_t*, std::size_t) noexcept { return vdupq_n_s32(0); }
    static Cell cell(const std::int8_t* at, std::size_t) noexcept { return vld1q_s8(at); }
    /// The inputs stand in the lowest lane, which SDOT broadcasts.
    static int8x8_t input(const std::int8_t* at, std::size_t) noexcept
    {
        return vcreate_s8(static_cast<std::uint32_t>(group(at)));
    }
    static void accumulate(Sum& sum, int8x8_t input, Cell cell) noexcept
    {
        sum = vdotq_lane_s32(sum, cell, input, 0);
    }
    static void store(std::int32_t* to, Sum sum) noexcept { vst1q_s32(to, sum); }
};

#else

/// Loops over the lanes of a cell that a compiler turns into what the CPU has.
struct Int8Step : Int8Types {
    struct Sum {
        std::int32_t lanes[panel_width];
    };
    using Cell = const std::int8_t*;
    static constexpr int registers_per_cell = 1;
    static constexpr int accumulators = 4;

    static Sum start(const std::int8_t*, std::size_t) noexcept { return {}; }
    static Cell cell(const std::int8_t* at, std::size_t) noexcept { return at; }
    static const std::int8_t* input(const std::int8_t* at, std::size_t) noexcept { return at; }
    static void accumulate(Sum& sum, const std::int8_t* input, Cell cell) noexcept
    {
        for (std::size_t lane = 0; lane < panel_width; ++lane) {
            std::int32_t products = 0;
            for (std::size_t i = 0; i < 4; ++i) products += input[i] * cell[lane * 4 + i];
            sum.lanes[lane] += products;
        }
    }
    static void store(std::int32_t* to, const Sum& sum) noexcept
    {
        std::memcpy(to, sum.lanes, sizeof(sum.lanes));
    }
};

#endif

using Int8Atom = RegisterAtom<Int8Step>;

TFM_INTRINSICS_END

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
