#pragma once

/// \file
/// Rotary position embedding on pairs of neighbouring features.
///
/// A model whose pairs lie half a head apart has the columns of its query and key projections
/// brought together when it is loaded: scores are sums over features and do not see their order.
/// Then both features of a pair are always in one register tile, and turning them costs no pass
/// over memory of its own.

#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>

#include "../simd/isa.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// a * b + c, fused wherever the CPU can. Where a compiler may choose, it fuses other products at
/// the end of a run than in its vectors, and a key would depend on the run of features that a
/// register tile brings along.
inline float multiply_add(float a, float b, float c) noexcept
{
#if TFM_ISA_HAS_FMA
    return std::fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// Turns the pairs (x[0], x[1]), (x[2], x[3]) ... of `count` floats or bf16, in place, by angles
/// given as (cosine, sine) pairs.
template <class T>
void rotate_pairs(T* x, const float* cosine_sine, std::size_t count) noexcept
{
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        float const cosine = cosine_sine[i];
        float const sine = cosine_sine[i + 1];
        auto const even = static_cast<float>(x[i]);
        auto const odd = static_cast<float>(x[i + 1]);
        x[i] = T(multiply_add(even, cosine, -(odd * sine)));
        x[i + 1] = T(multiply_add(odd, cosine, even * sine));
    }
}

} // namespace detail

/// Turns the pairs of neighbouring features of each row of x (..., M, N) in place (Su et al. 2021,
/// with the pairing of GPT-J): row i of each matrix by the angles whose cosines and sines alternate
/// in row i of `cosine_sine` (M, R); features from R on stay as they are. x is of fp32 or bf16, one
/// to four axes, such as (batch, head, time, feature), the angles of fp32, both in contiguous rows.
/// Throws `tfm::Error` when R is odd or more than N, the rows differ or are not contiguous.
template <TensorLike X, TensorLike Angles>
void rope(X&& x, Angles&& cosine_sine)
{
    auto const turned = tensor_detail::view_of(x);
    auto const turns = tensor_detail::view_of(cosine_sine);
    static_assert(WritableOutput<typename decltype(turned)::element_type>::value);
    static_assert(Fp32<typename decltype(turns)::element_type>, "tfm: angles of rope are floats.");
    static_assert(decltype(turns)::layout_type::rank <= 2, "tfm: angles of rope are a matrix.");
    auto const rows = detail::rows_of("tfm::rope", "x", turned);
    auto const angles = detail::rows_of("tfm::rope", "the angles", turns);
    require(turns.rows() == turned.rows() && angles.width <= rows.width && angles.width % 2 == 0,
            [&] {
                return "tfm::rope: x is " + tensor_detail::shape_of(turned) + ", the angles " +
                       tensor_detail::shape_of(turns) +
                       "; expected as many rows and an even number of columns, no more than x has";
            });
    detail::for_each_row(
        [&](std::size_t row, auto* to) {
            detail::rotate_pairs(to, angles.at(0, 0, row), angles.width);
        },
        rows);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
