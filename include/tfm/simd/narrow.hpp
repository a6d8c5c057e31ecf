#pragma once

/// \file
/// Rows of floats rounded to bf16 and int8.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../tensor/dtype.hpp"
#include "intrinsics.hpp"
#include "vec.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

TFM_INTRINSICS_BEGIN

namespace detail {

/// Adding this to a number of magnitude below 2^22 leaves the nearest whole number, ties to even,
/// in the low bits of the sum.
inline constexpr float round_to_low_bits = 0x1.8p23F;

inline std::uint32_t nearest_whole(float x) noexcept
{
    return std::bit_cast<std::uint32_t>(x + round_to_low_bits);
}

#if defined(TFM_ISA_AVX512)
/// The lanes that exist of a register that begins `rest` elements before a row's end.
inline __mmask16 lanes_left(std::size_t rest) noexcept
{
    return static_cast<__mmask16>(rest < 16 ? (1U << rest) - 1U : 0xFFFFU);
}
#endif

} // namespace detail

/// out = round(x * factor), ties to even, for floats or bf16.
/// \pre The products of all numbers that are finite lie in [-128, 127].
template <class T>
void round_to_int8(const T* x, std::size_t count, float factor, std::int8_t* out) noexcept
{
#if defined(TFM_ISA_AVX512)
    for_each_vec(count, [&](std::size_t i, auto load, auto) {
        __m512 const scaled = load(x + i) * broadcast(factor);
        _mm512_mask_cvtepi32_storeu_epi8(out + i, detail::lanes_left(count - i),
                                         _mm512_cvtps_epi32(scaled));
    });
#else
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t const whole = detail::nearest_whole(static_cast<float>(x[i]) * factor);
        out[i] = static_cast<std::int8_t>(whole & 0xFFU);
    }
#endif
}

/// 256 * high + low = round(x * factor), ties to even.
/// \pre The products of all numbers that are finite lie in [-32640, 32639].
inline void round_to_halves(const float* x, std::size_t count, float factor, std::int8_t* high,
                            std::int8_t* low) noexcept
{
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t const whole = detail::nearest_whole(x[i] * factor);
        low[i] = static_cast<std::int8_t>(whole & 0xFFU);
        high[i] = static_cast<std::int8_t>((whole + 0x80U) >> 8 & 0xFFU);
    }
}

/// out = x rounded to nearest, ties to even. (AVX512-BF16's instruction takes subnormals as zero.)
inline void round_to_bf16(const float* x, std::size_t count, bf16* out) noexcept
{
#if TFM_ISA_HAS_BF16
    for (std::size_t i = 0; i < count; i += 16) {
        __mmask16 const mask = detail::lanes_left(count - i);
        auto const rounded =
            std::bit_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + i)));
        _mm256_mask_storeu_epi16(out + i, mask, rounded);
    }
#else
    for (std::size_t i = 0; i < count; ++i) out[i] = bf16(x[i]);
#endif
}

TFM_INTRINSICS_END

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
