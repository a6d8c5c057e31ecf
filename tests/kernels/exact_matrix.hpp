#pragma once

/// \file
/// Operands for the kernel tests: buffers of exactly the size a layout requires, so that the
/// address sanitizer sees any access beyond it, and what may not be written filled with a sentinel.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <tfm/tensor/tensor.hpp>

namespace tfm::test {

/// Numbers that depend on the seed only, not on the standard library's distributions.
class Numbers {
public:
    explicit Numbers(std::uint32_t seed) : engine_(seed) {}

    /// Uniform in [-1, 1).
    float uniform() { return static_cast<float>(engine_() >> 8U) * 0x1p-23F - 1.0F; }
    /// A whole number in [-limit, limit]: sums of products of few such are exact in float.
    float whole(int limit)
    {
        auto const range = static_cast<std::uint32_t>(2 * limit + 1);
        return static_cast<float>(static_cast<int>(engine_() % range) - limit);
    }
    std::size_t below(std::size_t limit) { return engine_() % limit; }

private:
    std::mt19937 engine_;
};

/// Makes a layout of type L for `rows` x `cols`; a Strided one skips 3 floats between rows.
template <class L>
L make_layout(std::size_t rows, std::size_t cols)
{
    if constexpr (VecLayout<L>) {
        return L(cols);
    } else if constexpr (std::is_same_v<L, Strided<L::rows, L::cols>>) {
        return L(rows, cols, cols + 3);
    } else {
        return L(rows, cols);
    }
}

/// `required_size()` elements on the heap, neither more nor aligned beyond an element, in layout L.
/// Elements are set by `fill`; padding is zero where the layout promises it and a sentinel between
/// the rows of a Strided one.
template <class L, class T = float>
class ExactMatrix {
public:
    ExactMatrix(std::size_t rows, std::size_t cols)
        : layout_(make_layout<L>(rows, cols)), size_(layout_.template required_size<T>()),
          data_(small(size_) + 1, between_rows())
    {
        fill([] { return 0.0F; });
    }

    template <class Source>
    ExactMatrix& fill(Source&& source)
    {
        for (std::size_t i = 0; i < layout_.extent_rows(); ++i) {
            for (std::size_t j = 0; j < layout_.extent_cols(); ++j) view()(i, j) = T(source());
        }
        return *this;
    }

    View<T, L> view() noexcept { return {data_.data() + 1, layout_}; }
    View<const T, L> view() const noexcept { return {data_.data() + 1, layout_}; }
    const L& layout() const noexcept { return layout_; }

    /// Whether everything but the elements still is what the constructor wrote.
    bool untouched_outside() const
    {
        auto const outside = static_cast<std::size_t>(std::ranges::count(data_, between_rows()));
        std::size_t inside = 0;
        for (std::size_t i = 0; i < layout_.extent_rows(); ++i) {
            for (std::size_t j = 0; j < layout_.extent_cols(); ++j)
                inside += view()(i, j) == between_rows() ? 1U : 0U;
        }
        return outside - inside == size_ + 1 - layout_.extent_rows() * layout_.extent_cols();
    }

private:
    /// A size that g++ cannot take for one whose bytes would wrap around.
    static std::size_t small(std::size_t size)
    {
        if (size >= std::size_t{1} << 40U) throw std::length_error("ExactMatrix");
        return size;
    }

    static constexpr T between_rows() noexcept { return T(L::is_padded ? 0.0F : 113.0F); }

    L layout_;
    std::size_t size_;
    /// The first element is nobody's: without it the rest would be 64-byte aligned. Behind the last
    /// there is no room.
    std::vector<T> data_;
};

/// "3 x 17 RowMajor", for failure messages.
template <class L>
std::string describe(const L& layout)
{
    return std::to_string(layout.extent_rows()) + " x " + std::to_string(layout.extent_cols()) +
           " " + std::string(L::name());
}

/// Where two matrices of one shape first differ in any bit but a zero's sign; empty when nowhere.
template <class A, class B>
std::string first_difference(const ExactMatrix<A>& actual, const ExactMatrix<B>& expected)
{
    auto const a = actual.view();
    auto const b = expected.view();
    for (std::size_t i = 0; i < a.rows(); ++i) {
        for (std::size_t j = 0; j < a.cols(); ++j) {
            if (a(i, j) == b(i, j)) continue;
            return "element " + std::to_string(i) + ", " + std::to_string(j) + " is " +
                   std::to_string(a(i, j)) + ", expected " + std::to_string(b(i, j));
        }
    }
    return actual.untouched_outside() ? "" : "memory between the rows was written";
}

/// Largest |actual - expected| of two matrices of one shape; infinite where it is no number.
template <class A, class B>
double largest_error(const ExactMatrix<A>& actual, const ExactMatrix<B>& expected)
{
    auto const a = actual.view();
    auto const b = expected.view();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double largest = actual.untouched_outside() ? 0.0 : infinity;
    for (std::size_t i = 0; i < a.rows(); ++i) {
        for (std::size_t j = 0; j < a.cols(); ++j) {
            double const error =
                std::abs(static_cast<double>(a(i, j)) - static_cast<double>(b(i, j)));
            if (std::isnan(error)) return infinity;
            largest = std::max(largest, error);
        }
    }
    return largest;
}

} // namespace tfm::test
