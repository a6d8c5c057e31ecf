#pragma once

/// \file
/// The bf16 atom on vector registers: dot products of pairs where AVX512-BF16 or 64-bit Arm has
/// them, elsewhere weights that are widened to fp32 on their way from the cell to an FMA.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../intrinsics.hpp"
#include "../vec.hpp"
#include "register_atom.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

TFM_INTRINSICS_BEGIN

#if TFM_ISA_HAS_BF16

/// sum += x0 w0 + x1 w1 for pairs of bf16. VDPBF16PS takes subnormals as zero and rounds twice a
/// pair; its error stays that of fp32 sums.
struct Bf16Step {
    using input_type = bf16;
    using weight_type = bf16;
    using sum_type = float;
    using Sum = __m512;
    using Cell = __m512i;

    static constexpr int registers_per_cell = 1;
    static constexpr std::size_t phases = 1;
    static constexpr int others = 0;
    static constexpr int accumulators = 24;

    static Sum start(const bf16*, std::size_t) noexcept { return _mm512_setzero_ps(); }
    static Cell cell(const bf16* at, std::size_t) noexcept { return _mm512_loadu_si512(at); }
    static Cell input(const bf16* at, std::size_t) noexcept
    {
        int pair = 0;
        std::memcpy(&pair, at, sizeof(pair));
        return _mm512_set1_epi32(pair);
    }
    /// This is assembly because GCC 12 copies every sum before and after the intrinsic; and by way
    /// of a local, because it keeps what assembly updates through a reference in memory.
    static void accumulate(Sum& sum, Cell input, Cell cell) noexcept
    {
        Sum result = sum;
        __asm__("vdpbf16ps %2, %1, %0" : "+v"(result) : "v"(input), "v"(cell));
        sum = result;
    }
    static void store(float* to, Sum sum) noexcept { _mm512_storeu_ps(to, sum); }
};

#elif TFM_ISA_HAS_NEON_BF16

/// sum += x0 w0 + x1 w1 for pairs of bf16. BFDOT takes subnormals as zero and adds the exact
/// products and then the sum, both rounded to odd: by less than 2^-23 of the result. A product goes
/// through (K + 1) / 2 roundings at most: its error is within (K + 1) 2^-24 of the sum of |x w|, as
/// that of as many FMAs.
struct Bf16Step {
    using input_type = bf16;
    using weight_type = bf16;
    using sum_type = float;
    using Sum = float32x4_t;
    using Cell = bfloat16x8_t;

    static constexpr int registers_per_cell = 4;
    static constexpr std::size_t phases = 1;
    static constexpr int others = 0;
    /// 24 + 4 cells + 1 input of 32 registers.
    static constexpr int accumulators = 24;

    static Sum start(const bf16*, std::size_t) noexcept { return vdupq_n_f32(0.0F); }
    static Cell cell(const bf16* at, std::size_t) noexcept
    {
        return vreinterpretq_bf16_u16(vld1q_u16(reinterpret_cast<const std::uint16_t*>(at)));
    }
    /// The inputs stand in the lowest lane, which BFDOT broadcasts.
    static bfloat16x4_t input(const bf16* at, std::size_t) noexcept
    {
        std::uint32_t pair = 0;
        std::memcpy(&pair, at, sizeof(pair));
        return vcreate_bf16(pair);
    }
    static void accumulate(Sum& sum, bfloat16x4_t input, Cell cell) noexcept
    {
        sum = vbfdotq_lane_f32(sum, cell, input, 0);
    }
    static void store(float* to, Sum sum) noexcept { vst1q_f32(to, sum); }
};

#else

/// sum += x w for bf16 weights and fp32 inputs: rounding the inputs too would gain nothing where
/// they are multiplied as fp32.
struct Bf16Step {
    using input_type = float;
    using weight_type = bf16;
    using sum_type = float;
    using Sum = vec;
    using Cell = vec;

    static constexpr int registers_per_cell = static_cast<int>(panel_width / lanes);
    /// The phases take the even inputs of a cell's pairs, then the odd ones: widening both at once
    /// would need twice the registers for weights.
    static constexpr std::size_t phases = 2;
    static constexpr int others = 1;
    static constexpr int accumulators = vector_registers == 32 ? 24 : 12;

    static vec start(const float*, std::size_t) noexcept { return broadcast(0.0F); }
    static vec cell(const bf16* at, std::size_t phase) noexcept
    {
        return phase == 0 ? load_even(at) : load_odd(at);
    }
    static vec input(const float* at, std::size_t phase) noexcept { return broadcast(at[phase]); }
    static void accumulate(vec& sum, vec input, vec cell) noexcept { sum = fma(input, cell, sum); }
    static void store(float* to, vec sum) noexcept { simd::store(to, sum); }
};

#endif

using Bf16Atom = RegisterAtom<Bf16Step>;

TFM_INTRINSICS_END

} // namespace simd

/// What bf16 weights are multiplied with: bf16 where the CPU has instructions for it, else float.
using Bf16Input = simd::Bf16Atom::input_type;

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
