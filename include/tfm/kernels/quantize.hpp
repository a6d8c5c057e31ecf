#pragma once

/// \file
/// Rounding from fp32 to bf16 and int8: of activations as they are made, and of weights when a
/// model is loaded.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "../config.hpp"
#include "../simd/atoms/bf16.hpp"
#include "../simd/narrow.hpp"
#include "../tensor/quantized.hpp"

#include "../hide_macros.hpp"

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
        any += value - value; // g++ 12 takes value * 0 for 0 where zeros need no sign.
    });
    return reduce_max(most) + reduce_add(any);
}

/// The factor that takes a row's largest magnitude to `limit`; 0 for a row of zeros and where the
/// quotient would be no number.
inline float scale_to_limit(float largest, float limit) noexcept
{
    float const factor = limit / largest;
    return factor < std::numeric_limits<float>::max() ? factor : 0.0F;
}

/// What makes whole numbers of a row: `factor` takes its largest magnitude to a limit, and `scale`
/// undoes that. A NaN or an infinity in the row makes the scale NaN.
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

/// out = round(x * 127 / max |x|) for floats or bf16; returns the scale that undoes it. A NaN or an
/// infinity among x makes the scale NaN, and so whatever is computed with it.
template <class T>
float quantize_row(const T* x, std::size_t count, std::int8_t* out) noexcept
{
    RowScale const row = row_scale(x, count, static_cast<float>(int8_limit));
    simd::round_to_int8(x, count, row.factor, out);
    return row.scale;
}

/// The same to 16 bits, the upper half of which goes to `high` and the lower to `low`, both signed.
inline float split_row(const float* x, std::size_t count, std::int8_t* high,
                       std::int8_t* low) noexcept
{
    RowScale const row = row_scale(x, count, static_cast<float>(int8_limit * 256));
    simd::round_to_halves(x, count, row.factor, high, low);
    return row.scale;
}

/// Rounds a row to what bf16 weights are multiplied with.
inline void convert_row(const float* x, std::size_t count, bf16* out) noexcept
{
    simd::round_to_bf16(x, count, out);
}

/// The same where bf16 weights are multiplied with floats: a copy.
inline void convert_row(const float* x, std::size_t count, float* out) noexcept
{
    std::copy_n(x, count, out);
}

} // namespace detail

/// Rounds rows (M, K) to int8 with a scale per row: `scales[m] = max |x(m, :)| / 127`, values to
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

/// Rounds rows (M, K) to 16 bits in two rows of int8 each, (2M, K): see `SplitRows`. `scales[m] =
/// max |x(m, :)| / 32512`. Throws `tfm::Error` when extents known only at run time differ.
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

/// Rounds rows (M, K) to what bf16 weights are multiplied with. Throws `tfm::Error` when extents
/// known only at run time differ.
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

#include "../restore_macros.hpp"
