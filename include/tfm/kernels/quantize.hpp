#pragma once

/// \file
/// From fp32 to bf16 and int8: activations as they are made, weights when a model is loaded.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "../config.hpp"
#include "../simd/atoms/bf16.hpp"
#include "../tensor/quantized.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Largest |x| of floats or bf16; NaN where any is.
template <class T>
float largest_magnitude(const T* x, std::size_t count) noexcept
{
    using namespace simd;
    vec most = broadcast(0.0F);
    vec any = broadcast(0.0F); // NaN once a NaN or an infinity was met
    for_each_vec(count, [&](std::size_t i, auto load, auto) {
        vec const value = load(x + i);
        most = max(most, max(value, -value));
        any += value * broadcast(0.0F);
    });
    return reduce_max(most) + reduce_add(any);
}

/// Adding this to a number of magnitude below 2^22 leaves the nearest whole number, ties to even,
/// in the low bits of the sum.
inline constexpr float round_to_low_bits = 0x1.8p23F;

/// What to multiply a row by, so that its largest magnitude becomes `limit`; 0 for a row of zeros
/// and where the quotient would be no number.
inline float scale_to_limit(float largest, float limit) noexcept
{
    float const factor = limit / largest;
    return factor < std::numeric_limits<float>::max() ? factor : 0.0F;
}

/// How a row becomes whole numbers, the largest of which is `limit`: by this factor, which the
/// scale undoes. A NaN or an infinity in the row makes the scale NaN.
struct RowScale {
    float factor;
    float scale;
};

template <class T>
RowScale row_scale(const T* x, std::size_t count, float limit) noexcept
{
    float const largest = largest_magnitude(x, count);
    return {scale_to_limit(largest, limit), largest / limit};
}

/// out = round(x * factor), ties to even.
template <class T>
void round_row(const T* x, std::size_t count, float factor, std::int8_t* out) noexcept
{
#if defined(TFM_ISA_AVX512)
    simd::for_each_vec(count, [&](std::size_t i, auto load, auto) {
        __m512 const scaled = load(x + i) * simd::broadcast(factor);
        std::size_t const rest = count - i;
        auto const mask = static_cast<__mmask16>(rest < 16 ? (1U << rest) - 1U : 0xFFFFU);
        _mm512_mask_cvtepi32_storeu_epi8(out + i, mask, _mm512_cvtps_epi32(scaled));
    });
#else
    for (std::size_t i = 0; i < count; ++i) {
        float const scaled = static_cast<float>(x[i]) * factor;
        auto const bits = std::bit_cast<std::uint32_t>(scaled + round_to_low_bits);
        out[i] = static_cast<std::int8_t>(bits & 0xFFU);
    }
#endif
}

/// out = round(x * 127 / max |x|) for floats or bf16; returns the scale that undoes it. A NaN or an
/// infinity among x makes the scale NaN, and so whatever is computed with it.
template <class T>
float quantize_row(const T* x, std::size_t count, std::int8_t* out) noexcept
{
    RowScale const row = row_scale(x, count, static_cast<float>(int8_limit));
    round_row(x, count, row.factor, out);
    return row.scale;
}

/// The same to 16 bits, the upper half of which goes to `high` and the lower to `low`, both signed.
inline float split_row(const float* x, std::size_t count, std::int8_t* high,
                       std::int8_t* low) noexcept
{
    RowScale const row = row_scale(x, count, static_cast<float>(int8_limit * 256));
    for (std::size_t i = 0; i < count; ++i) {
        auto const bits = std::bit_cast<std::uint32_t>(x[i] * row.factor + round_to_low_bits);
        low[i] = static_cast<std::int8_t>(bits & 0xFFU);
        high[i] = static_cast<std::int8_t>((bits + 0x80U) >> 8 & 0xFFU);
    }
    return row.scale;
}

/// Rounds to what bf16 weights are multiplied with. (The instruction takes subnormals as zero.)
inline void convert_row(const float* x, std::size_t count, bf16* out) noexcept
{
#if TFM_ISA_HAS_BF16
    for (std::size_t i = 0; i < count; i += 16) {
        std::size_t const rest = count - i;
        auto const mask = static_cast<__mmask16>(rest < 16 ? (1U << rest) - 1U : 0xFFFFU);
        auto const rounded =
            std::bit_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + i)));
        _mm256_mask_storeu_epi16(out + i, mask, rounded);
    }
#else
    for (std::size_t i = 0; i < count; ++i) out[i] = bf16(x[i]);
#endif
}

inline void convert_row(const float* x, std::size_t count, float* out) noexcept
{
    std::copy_n(x, count, out);
}

} // namespace detail

/// Rows (M, K) to int8 with a scale per row: `scales[m] = max |x(m, :)| / 127`, values rounded to
/// nearest, ties to even. Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, RowsLayout LX, RowsLayout LQ, std::size_t M>
void quantize_rows(View<TX, LX> x, View<std::int8_t, LQ> values, View<float, Vec<M>> scales)
{
    require(x.rows() == values.rows() && x.cols() == values.cols() && scales.cols() == x.rows(),
            [&] {
                return "tfm::quantize_rows: x is " + std::to_string(x.rows()) + " x " +
                       std::to_string(x.cols()) + ", the values " + std::to_string(values.rows()) +
                       " x " + std::to_string(values.cols()) + ", the scales " +
                       std::to_string(scales.cols());
            });
    for (std::size_t m = 0; m < x.rows(); ++m) {
        scales(m) = detail::quantize_row(x.row(m), x.cols(), values.row(m));
    }
}

/// Rows (M, K) to 16 bits in two rows of int8 each, (2M, K): see `SplitRows`. `scales[m] = max
/// |x(m, :)| / 32512`. Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, RowsLayout LX, RowsLayout LQ, std::size_t M>
void split_rows(View<TX, LX> x, View<std::int8_t, LQ> halves, View<float, Vec<M>> scales)
{
    require(2 * x.rows() == halves.rows() && x.cols() == halves.cols() && scales.cols() == x.rows(),
            [&] {
                return "tfm::split_rows: x is " + std::to_string(x.rows()) + " x " +
                       std::to_string(x.cols()) + ", the halves " + std::to_string(halves.rows()) +
                       " x " + std::to_string(halves.cols()) + ", the scales " +
                       std::to_string(scales.cols()) + "; expected two rows of halves for each";
            });
    for (std::size_t m = 0; m < x.rows(); ++m) {
        scales(m) = detail::split_row(x.row(m), x.cols(), halves.row(2 * m), halves.row(2 * m + 1));
    }
}

/// Rows (M, K) to what bf16 weights are multiplied with. Throws `tfm::Error` when extents known
/// only at run time differ.
template <Fp32 TX, RowsLayout LX, RowsLayout LO>
void convert_rows(View<TX, LX> x, View<Bf16Input, LO> out)
{
    require(x.rows() == out.rows() && x.cols() == out.cols(), [&] {
        return "tfm::convert_rows: x is " + std::to_string(x.rows()) + " x " +
               std::to_string(x.cols()) + ", the output " + std::to_string(out.rows()) + " x " +
               std::to_string(out.cols());
    });
    for (std::size_t m = 0; m < x.rows(); ++m) {
        detail::convert_row(x.row(m), x.cols(), out.row(m));
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
