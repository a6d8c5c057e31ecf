#pragma once

/// \file
/// Rotary position embedding on pairs of neighbouring features.
///
/// A model whose pairs lie half a head apart has the columns of its query and key projections
/// brought together when it is loaded: scores are sums over features and do not see their order.
/// Then both features of a pair are always in one register tile, and turning them costs no pass
/// over memory of its own.

#include <cstddef>
#include <string>

#include "../config.hpp"
#include "../simd/isa.hpp"
#include "../tensor/view.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Turns the pairs (x[0], x[1]), (x[2], x[3]) ... of `count` floats, in place, by angles given as
/// (cosine, sine) pairs.
inline void rotate_pairs(float* x, const float* cosine_sine, std::size_t count) noexcept
{
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        float const cosine = cosine_sine[i];
        float const sine = cosine_sine[i + 1];
        float const even = x[i];
        float const odd = x[i + 1];
        x[i] = even * cosine - odd * sine;
        x[i + 1] = odd * cosine + even * sine;
    }
}

} // namespace detail

/// Turns the pairs of neighbouring features of each row (M, N) in place (Su et al. 2021, with the
/// pairing of GPT-J): row i by the angles whose cosines and sines alternate in row i of
/// `cosine_sine` (M, R); features from R on stay as they are.
/// Throws `tfm::Error` when R is odd or more than N, or the rows differ.
template <Fp32 T, RowsLayout L, Fp32 TA, RowsLayout LA>
void rope(View<T, L> x, View<TA, LA> cosine_sine)
{
    static_assert(WritableOutput<T>::value);
    require(cosine_sine.rows() == x.rows() && cosine_sine.cols() <= x.cols() &&
                cosine_sine.cols() % 2 == 0,
            [&] {
                return "tfm::rope: x is " + std::to_string(x.rows()) + " x " +
                       std::to_string(x.cols()) + ", the angles " +
                       std::to_string(cosine_sine.rows()) + " x " +
                       std::to_string(cosine_sine.cols()) +
                       "; expected as many rows and an even number of columns, no more than x has";
            });
    for (std::size_t row = 0; row < x.rows(); ++row) {
        detail::rotate_pairs(x.row(row), cosine_sine.row(row), cosine_sine.cols());
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
