#pragma once

/// \file
/// Whether two tensors are equal, or nearly so, and where they differ most.

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>

#include "convert.hpp"
#include "lines.hpp"

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

namespace tensor_detail {

/// Compares the elements of two lines with a tolerance.
class CloseLines {
public:
    explicit CloseLines(Tolerance tolerance) : tolerance_(tolerance) {}

    /// Takes the next elements of both tensors. Blocks that are close, as most are, are passed over
    /// in a loop that a compiler vectorises.
    template <class X, class Y>
    void take(std::size_t count, X x, Y y)
    {
        // Of a size that the compiler knows: g++ vectorises no other loops at -O2.
        constexpr std::size_t block = 256;
        for (std::size_t first = 0; first < count; first += block) {
            bool const is_whole = count - first >= block;
            if (is_whole && is_surely_close<block>(first, x, y)) continue;
            std::size_t const end = is_whole ? first + block : count;
            for (std::size_t i = first; i < end; ++i)
                compare(taken_ + i, static_cast<double>(widen(x[i])),
                        static_cast<double>(widen(y[i])));
        }
        taken_ += count;
    }

    std::size_t differing = 0;
    std::size_t worst = 0; ///< the number of the element furthest beyond the tolerance
    double a = 0;
    double b = 0;

private:
    template <std::size_t Count, class X, class Y>
    bool is_surely_close(std::size_t first, X x, Y y) const
    {
        using Value = decltype(widen(x[0]) - widen(y[0]));
        using Real = std::conditional_t<std::is_same_v<Value, float>, float, double>;
        // Less than the tolerance by more than floats round.
        auto const lessened = [](double part) {
            return part < 1e-30 ? Real(0) : static_cast<Real>(part * 0.999999);
        };
        Real const relative = lessened(tolerance_.relative);
        Real const absolute = lessened(tolerance_.absolute);
        int is_far = 0;
        for (std::size_t i = 0; i < Count; ++i) {
            auto const left = static_cast<Real>(widen(x[first + i]));
            auto const right = static_cast<Real>(widen(y[first + i]));
            Real const bound = absolute + relative * std::abs(right);
            bool const is_unequal = left != right;
            bool const is_beyond = !(std::abs(left - right) < bound);
            // Both are computed: a branch would not be vectorised.
            is_far |= static_cast<int>(is_unequal) & static_cast<int>(is_beyond);
        }
        return is_far == 0;
    }

    void compare(std::size_t element, double x, double y)
    {
        double const excess =
            x == y ? 0
                   : std::abs(x - y) - (tolerance_.absolute + tolerance_.relative * std::abs(y));
        if (excess <= 0) return;
        ++differing;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        double const measure = excess < infinity ? excess : infinity;
        if (measure <= most_) return;
        most_ = measure;
        worst = element;
        a = x;
        b = y;
    }

    Tolerance tolerance_;
    std::size_t taken_ = 0;
    double most_ = -1;
};

} // namespace tensor_detail

/// Whether each element of `a` is as near that of `b` as `tolerance` says. NaN is near nothing, an
/// infinity near itself. Throws `tfm::Error` where shapes differ.
template <TensorLike A, TensorLike B>
Closeness allclose(const A& a, const B& b, Tolerance tolerance = {})
{
    using namespace tensor_detail;
    auto const left = view_of(a);
    require_same_shape("allclose", left, view_of(b));
    CloseLines lines(tolerance);
    for_each_line([&](std::size_t count, auto x, auto y) { lines.take(count, x, y); }, left,
                  view_of(b));
    constexpr std::size_t rank = rank_of<const A>;
    Closeness result{.is_close = lines.differing == 0,
                     .differing = lines.differing,
                     .a = lines.a,
                     .b = lines.b,
                     .rank = rank};
    std::size_t rest = lines.worst;
    for (std::size_t axis = rank; axis-- > 0 && !result.is_close;) {
        result.worst[axis] = rest % left.extent(axis);
        rest /= left.extent(axis);
    }
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
