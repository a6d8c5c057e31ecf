#pragma once

/// \file
/// Copies to int8 with scales and back. Values and scales are those of `pack` and `quantize_rows`
/// bit by bit: a scale is the largest magnitude of its row or column divided by 127, a value x *
/// 127 / largest, rounded to nearest, ties to even. Any layout and element type is taken; `pack`
/// and `quantize_rows` are the fast ones.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "convert.hpp"
#include "lines.hpp"
#include "quantized.hpp"
#include "reduce.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// What has a scale of its own.
enum class ScalePer {
    row,   ///< activations
    column ///< weights: (K, N), N outputs
};

namespace tensor_detail {

/// A matrix of another layout with its axes exchanged.
template <MatrixLayout L>
struct Turned {
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = L::cols;
    static constexpr std::size_t cols = L::rows;
    L layout;

    constexpr std::size_t extent_rows() const noexcept { return layout.extent_cols(); }
    constexpr std::size_t extent_cols() const noexcept { return layout.extent_rows(); }
    template <class T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return layout.template offset<T>(col, row);
    }
    template <class T>
    constexpr std::size_t required_size() const noexcept
    {
        return layout.template required_size<T>();
    }
};

template <class T, class L>
constexpr auto turned(View<T, L> x)
{
    if constexpr (StridedLayout<L> && L::rank == 2)
        return transpose(x);
    else
        return View<T, Turned<L>>(x.data(), {x.layout()});
}

/// The largest magnitude of a line; NaN where there is a NaN or an infinity.
template <class Line>
float largest_magnitude(std::size_t count, Line line)
{
    auto const magnitude = [&](std::size_t i) {
        auto const value = convert<float>(line[i]);
        return value < 0 ? -value : value;
    };
    float const largest = joined(count, 0.0F, magnitude, greater_of);
    return largest - largest == 0 ? largest : std::numeric_limits<float>::quiet_NaN();
}

/// Rounds a line to int8; returns its scale.
template <class Line, class Values>
float quantize_line(std::size_t count, Line line, Values values)
{
    constexpr auto limit = static_cast<float>(int8_limit);
    // Adding this leaves the nearest whole number, ties to even, in the low bits of the sum.
    constexpr float round_to_low_bits = 0x1.8p23F;
    float const largest = largest_magnitude(count, line);
    float const quotient = limit / largest;
    float const factor = quotient < std::numeric_limits<float>::max() ? quotient : 0.0F;
    for_each_index(count, [=](std::size_t i) {
        float const scaled = convert<float>(line[i]) * factor;
        auto const whole = std::bit_cast<std::uint32_t>(scaled + round_to_low_bits);
        values[i] = static_cast<std::int8_t>(whole & 0xFFU);
    });
    return largest / limit;
}

template <class X, class Values, class Scales>
void require_quantized_shapes(const char* what, X x, Values values, Scales scales, ScalePer per)
{
    static_assert(Scales::layout_type::rank == 1, "tfm: scales are one row.");
    static_assert(std::is_same_v<typename Values::value_type, std::int8_t>,
                  "tfm: quantised values are std::int8_t.");
    require_same_shape(what, x, values);
    std::size_t const wanted = per == ScalePer::row ? x.rows() : x.cols();
    require(scales.cols() == wanted, [&] {
        return "tfm::" + std::string(what) + ": " + std::to_string(scales.cols()) + " scales for " +
               std::to_string(wanted) + (per == ScalePer::row ? " rows" : " columns");
    });
}

} // namespace tensor_detail

/// Rounds a matrix to int8 with a float scale for each row or column. A NaN or an infinity makes
/// its scale NaN. Throws `tfm::Error` where shapes differ.
template <TensorLike X, WritableTensor Values, WritableTensor Scales>
void quantize(X&& x, Values&& values, Scales&& scales, ScalePer per)
{
    using namespace tensor_detail;
    require_quantized_shapes("quantize", view_of(x), view_of(values), view_of(scales), per);
    auto const to = view_of(scales);
    auto const by_row = [&](auto from, auto whole) {
        for_each_row(
            [&](std::size_t row, std::size_t count, auto line) {
                with_row(whole, row,
                         [&](auto rounded) { to(row) = quantize_line(count, line, rounded); });
            },
            from);
    };
    if (per == ScalePer::row)
        by_row(view_of(x), view_of(values));
    else
        by_row(turned(view_of(x)), turned(view_of(values)));
}

/// The reverse: out(i, j) = values(i, j) * scales(i) or scales(j), converted as `convert` does.
/// Throws `tfm::Error` where shapes differ.
template <TensorLike Values, TensorLike Scales, WritableTensor Out>
void dequantize(Values&& values, Scales&& scales, ScalePer per, Out&& out)
{
    using namespace tensor_detail;
    require_quantized_shapes("dequantize", view_of(out), view_of(values), view_of(scales), per);
    auto const by = view_of(scales);
    auto const whole = view_of(values);
    for_each_row(
        [&](std::size_t row, std::size_t count, auto to) {
            with_row(whole, row, [&](auto line) {
                for (std::size_t i = 0; i < count; ++i) {
                    float const scale = by(per == ScalePer::row ? row : i);
                    to[i] = convert<ValueOf<Out>>(static_cast<float>(line[i]) * scale);
                }
            });
        },
        view_of(out));
}

/// out = x as a packed weight of int8 with a scale per column, as `pack` makes it.
template <TensorLike X, std::size_t K, std::size_t N>
void copy(X&& x, QuantizedTensor<K, N>& out)
{
    quantize(x, out.values, View(out.scales.data(), Vec<>(out.cols())), ScalePer::column);
}

/// out = the numbers that a packed weight of int8 stands for.
template <std::size_t K, std::size_t N, WritableTensor Out>
void copy(QuantizedView<K, N> x, Out&& out)
{
    dequantize(x.values, View(x.scales, Vec<>(x.cols())), ScalePer::column, out);
}

/// out = the numbers that a packed weight of int8 stands for.
template <std::size_t K, std::size_t N, WritableTensor Out>
void copy(const QuantizedTensor<K, N>& x, Out&& out)
{
    copy(x.view(), out);
}

/// out = the numbers that rows of int8 stand for.
template <std::size_t K, WritableTensor Out>
void copy(QuantizedRows<K> x, Out&& out)
{
    dequantize(x.values, View(x.scales, Vec<>(x.rows())), ScalePer::row, out);
}

} // namespace tfm

#include "../restore_macros.hpp"
