#pragma once

/// \file
/// Tensors of four axes for the kernel tests, in buffers of exactly the size that their layout
/// requires, and what is computed of them in plain doubles.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/tensor.hpp>

#include "exact_matrix.hpp"

namespace tfm::test {

using Extents = std::array<std::size_t, 4>;
using FourAxes = Dense<dyn, dyn, dyn, dyn>;

/// Row after row.
inline FourAxes contiguous(const Extents& e) { return FourAxes(e[0], e[1], e[2], e[3]); }

/// (batch, head, time, feature) in the memory of (batch, time, head, feature), as projections leave
/// it, with `gap` elements between rows.
inline FourAxes heads_side_by_side(const Extents& e, std::size_t gap)
{
    std::size_t const row = e[3] + gap;
    return {e, {e[2] * e[1] * row, row, e[1] * row, 1}};
}

/// `required_size()` elements on the heap, neither more nor aligned beyond an element; what the
/// layout leaves out holds a sentinel.
template <class T>
class ExactDense {
public:
    explicit ExactDense(FourAxes layout)
        : layout_(layout), data_(1 + layout.required_size<T>(), sentinel())
    {
    }

    template <class Source>
    ExactDense& fill(Source&& source)
    {
        for (T& element : elements(view())) element = T(source());
        return *this;
    }

    View<T, FourAxes> view() noexcept { return {data_.data() + 1, layout_}; }
    View<const T, FourAxes> view() const noexcept { return {data_.data() + 1, layout_}; }

    /// Whether everything but the elements still is what the constructor wrote.
    bool untouched_outside() const
    {
        ExactDense copy = *this;
        copy.fill([] { return static_cast<float>(sentinel()); });
        return std::ranges::all_of(copy.data_, [](T x) { return x == sentinel(); });
    }

private:
    static constexpr T sentinel() noexcept { return T(113.0F); }

    FourAxes layout_;
    std::vector<T> data_; ///< The first element is nobody's: without it the rest would be aligned.
};

/// The elements of a tensor, the last axis fastest.
template <class T, class L>
std::vector<double> doubles(View<T, L> x)
{
    std::vector<double> values;
    for (auto const& value : elements(x)) values.push_back(static_cast<double>(float(value)));
    return values;
}

/// How far a result of T may be from `expected`: `error`, and where T is bf16 one rounding to it.
template <class T>
double bound(double expected, double error)
{
    if (std::is_same_v<T, float> || expected == 0.0) return error;
    return error + std::ldexp(1.0, std::ilogb(expected) - 8);
}

/// The largest |actual - expected| in units of what it may be; infinite where it is no number.
template <class T, class L>
double worst_of(View<T, L> actual, const std::vector<double>& expected, double error)
{
    double worst = 0.0;
    std::size_t next = 0;
    for (double const value : doubles(actual)) {
        double const wanted = expected.at(next++);
        double const off = std::abs(value - wanted) / bound<std::remove_const_t<T>>(wanted, error);
        if (std::isnan(off)) return std::numeric_limits<double>::infinity();
        worst = std::max(worst, off);
    }
    return next == expected.size() ? worst : std::numeric_limits<double>::infinity();
}

} // namespace tfm::test
