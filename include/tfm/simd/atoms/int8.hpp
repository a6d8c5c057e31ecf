#pragma once

/// \file
/// The int8 atom on vector registers: VNNI in either width, an exact fallback on AVX2, SDOT on
/// 64-bit Arm, and plain integers elsewhere. Sums are equal bit for bit on all of them.
///
/// Weights are within [-127, 127], inputs within [-128, 127].

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <numeric>

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
    static constexpr int others = 0;

    /// Four inputs as one integer.
    static std::int32_t group(const std::int8_t* at) noexcept
    {
        std::int32_t four = 0;
        std::memcpy(&four, at, sizeof(four));
        return four;
    }
};

#if TFM_ISA_HAS_AVX512_VNNI || TFM_ISA_HAS_AVX_VNNI

#if TFM_ISA_HAS_AVX512_VNNI
/// 512 bits of VNNI.
struct VnniRegister {
    using type = __m512i;
    static type zero() noexcept { return _mm512_setzero_si512(); }
    static type broadcast_byte(char value) noexcept { return _mm512_set1_epi8(value); }
    static type broadcast(std::int32_t value) noexcept { return _mm512_set1_epi32(value); }
    static type load(const void* from) noexcept { return _mm512_loadu_si512(from); }
    static void store(void* to, type value) noexcept { _mm512_storeu_si512(to, value); }
    static type flip(type value) noexcept { return _mm512_xor_si512(value, broadcast_byte(-128)); }
    /// This and its like on 256 bits are assembly because GCC 12 copies every sum before and after
    /// the intrinsic.
    static type multiply_add(type sum, type bytes, type signed_bytes) noexcept
    {
        __asm__("vpdpbusd %1, %2, %0" : "+v"(sum) : "v"(signed_bytes), "v"(bytes));
        return sum;
    }
};
#else
/// 256 bits of VNNI.
struct VnniRegister {
    using type = __m256i;
    static type zero() noexcept { return _mm256_setzero_si256(); }
    static type broadcast_byte(char value) noexcept { return _mm256_set1_epi8(value); }
    static type broadcast(std::int32_t value) noexcept { return _mm256_set1_epi32(value); }
    static type load(const void* from) noexcept
    {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    static void store(void* to, type value) noexcept
    {
        _mm256_storeu_si256(static_cast<__m256i*>(to), value);
    }
    static type flip(type value) noexcept { return _mm256_xor_si256(value, broadcast_byte(-128)); }
    static type multiply_add(type sum, type bytes, type signed_bytes) noexcept
    {
        __asm__("%{vex%} vpdpbusd %1, %2, %0" : "+x"(sum) : "x"(signed_bytes), "x"(bytes));
        return sum;
    }
};
#endif

/// VPDPBUSD wants one unsigned operand: weights are flipped to w + 128, and the sums begin with
/// -128 times the sum of the inputs.
struct Int8Step : Int8Types {
    using Register = VnniRegister;
    using Sum = Register::type;
    using Cell = Register::type;
    static constexpr int registers_per_cell = static_cast<int>(64 / sizeof(Cell));
    static constexpr int accumulators = vector_registers == 32 ? 24 : 12;
    static constexpr int others = 1; ///< what flips weights

    static Sum start(const std::int8_t* x, std::size_t k) noexcept
    {
        return Register::broadcast(-128 * sum_of(x, k));
    }
    static Cell cell(const std::int8_t* at, std::size_t) noexcept
    {
        return Register::flip(Register::load(at));
    }
    static Cell input(const std::int8_t* at, std::size_t) noexcept
    {
        return Register::broadcast(group(at));
    }
    /// By way of a result: GCC 12 keeps what assembly updates through a reference in memory.
    static void accumulate(Sum& sum, Cell input, Cell cell) noexcept
    {
        sum = Register::multiply_add(sum, cell, input);
    }
    static void store(std::int32_t* to, Sum sum) noexcept { Register::store(to, sum); }

private:
    /// A function of its own, lest each row of each tile have a copy.
    [[gnu::noinline]] static std::int32_t sum_of(const std::int8_t* x, std::size_t k) noexcept
    {
        Sum const ones = Register::broadcast_byte(1);
        Sum sums = Register::zero();
        std::size_t const whole = k / sizeof(Sum) * sizeof(Sum);
        for (std::size_t i = 0; i < whole; i += sizeof(Sum)) {
            sums = Register::multiply_add(sums, ones, Register::load(x + i));
        }
        std::int32_t parts[sizeof(Sum) / sizeof(std::int32_t)];
        Register::store(parts, sums);
        std::int32_t const rest = std::accumulate(x + whole, x + k, std::int32_t{0});
        return std::accumulate(std::begin(parts), std::end(parts), rest);
    }
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
    /// x w = |x| * sign(w, x), whose left side is unsigned as the instruction wants it. Pairs are
    /// added in 16 bits and cannot saturate: 2 * 128 * 127 = 32512.
    static void accumulate(Sum& sum, Int8Input input, Cell cell) noexcept
    {
        __m256i const weights = _mm256_sign_epi8(cell, input.value);
        __m256i const pairs = _mm256_maddubs_epi16(input.magnitude, weights);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
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
