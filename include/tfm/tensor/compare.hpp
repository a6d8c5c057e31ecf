#pragma once

/// \file
/// Whether two tensors are equal, or nearly so, and where they differ most.

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "convert.hpp"
#include "lines.hpp"
#include "ranges.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// By how much the elements of two tensors may differ: |a - b| <= absolute + relative |b|, numpy's
/// and PyTorch's rule, with their defaults.
struct Tolerance {
    double relative = 1e-5; ///< of b's magnitude
    double absolute = 1e-8; ///< beside that
};

/// What `allclose` found: true in a condition where all elements are close enough.
struct Closeness {
    bool is_close = true;               ///< all elements are
    std::size_t differing = 0;          ///< elements that are not
    std::array<std::size_t, 4> worst{}; ///< index of the element furthest beyond the tolerance
    double a = 0;                       ///< its value in the first tensor
    double b = 0;                       ///< its value in the second
    std::size_t rank = 0;               ///< numbers of `worst` that count

    /// Whether all elements are close enough.
    explicit operator bool() const noexcept { return is_close; }

    /// One line: how many elements are not close, and the worst.
    std::string report() const
    {
        if (is_close) return "all elements are close";
        std::string text = std::to_string(differing) + " elements differ, most of all (";
        for (std::size_t axis = 0; axis < rank; ++axis)
            text += (axis == 0 ? "" : ", ") + std::to_string(worst[axis]);
        return text + "): " + std::to_string(a) + " and " + std::to_string(b);
    }
};

/// Whether each element of `a` is as near that of `b` as `tolerance` says. NaN is near nothing, an
/// infinity near itself. Throws `tfm::Error` where shapes differ.
template <TensorLike A, TensorLike B>
Closeness allclose(const A& a, const B& b, Tolerance tolerance = {})
{
    using namespace tensor_detail;
    auto const left = view_of(a);
    auto const right = view_of(b);
    require_same_shape("allclose", left, right);
    constexpr std::size_t rank = decltype(left)::layout_type::rank;
    Closeness result{.rank = rank};
    double most = -1;
    std::array<std::size_t, rank> index{};
    auto other = elements(right).begin();
    for (auto const& element : elements(left)) {
        auto const x = static_cast<double>(widen(element));
        auto const y = static_cast<double>(widen(*other));
        double const excess =
            x == y ? 0 : std::abs(x - y) - (tolerance.absolute + tolerance.relative * std::abs(y));
        if (!(excess <= 0)) {
            ++result.differing;
            bool const is_number = excess < std::numeric_limits<double>::infinity();
            double const measure = is_number ? excess : std::numeric_limits<double>::infinity();
            if (measure > most) {
                most = measure;
                for (std::size_t axis = 0; axis < rank; ++axis) result.worst[axis] = index[axis];
                result.a = x;
                result.b = y;
            }
        }
        ++other;
        for (std::size_t axis = rank; axis-- > 0;) {
            if (++index[axis] < left.extent(axis)) break;
            index[axis] = 0;
        }
    }
    result.is_close = result.differing == 0;
    return result;
}

/// Whether two tensors have the same shape and equal elements; NaN equals nothing.
template <TensorLike A, TensorLike B>
bool equal(const A& a, const B& b)
{
    using namespace tensor_detail;
    auto const left = view_of(a);
    auto const right = view_of(b);
    if (!same_shape(left, right)) return false;
    bool same = true;
    for_each_line(
        [&](std::size_t count, auto x, auto y) {
            for (std::size_t i = 0; i < count && same; ++i)
                same = widen_beside<ValueOf<B>>(x[i]) == widen_beside<ValueOf<A>>(y[i]);
        },
        left, right);
    return same;
}

} // namespace tfm

#include "../restore_macros.hpp"
