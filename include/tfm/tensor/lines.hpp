#pragma once

/// \file
/// How algorithms pass over tensors: line after line, so that the innermost loop is one that a
/// compiler vectorises.

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "reshape.hpp"
#include "tensor.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Rule: tensors that are computed with element by element have equally many axes.
template <std::size_t A, std::size_t B>
struct SameRank : std::true_type {
    static_assert(A == B, "tfm: these tensors must have equally many axes: the compiler's note "
                          "SameRank<A, B> says how many they have. Use tfm::reshape.");
};

/// Rule: tensors that are computed with element by element have the same shape.
template <std::size_t Axis, std::size_t A, std::size_t B>
struct SameAxis : std::true_type {
    static_assert(compatible_extents(A, B),
                  "tfm: these tensors must have the same shape: the compiler's note "
                  "SameAxis<Axis, A, B> has an axis and its two extents. Use tfm::transpose, "
                  "tfm::reshape or tfm::slice, or make one of them tfm::dyn to have it checked "
                  "at run time.");
};

namespace tensor_detail {

/// Elements a step apart.
template <class T>
struct Stepped {
    T* data;
    std::size_t step;
    constexpr T& operator[](std::size_t index) const noexcept { return data[index * step]; }
};

template <class T>
Stepped(T*, std::size_t) -> Stepped<T>;

/// The elements of a row of any layout of two axes.
template <class T, class L>
struct Placed {
    T* data;
    const L& layout;
    std::size_t row;
    constexpr T& operator[](std::size_t col) const noexcept
    {
        return data[layout.template offset<std::remove_const_t<T>>(row, col)];
    }
};

template <class T, class L>
Placed(T*, const L&, std::size_t) -> Placed<T, L>;

/// "2 x 3".
template <class T, class L>
std::string shape_of(View<T, L> x)
{
    if constexpr (DenseLayout<L>)
        return shape_text(x.layout());
    else if constexpr (L::rank == 1)
        return std::to_string(x.cols());
    else
        return std::to_string(x.rows()) + " x " + std::to_string(x.cols());
}

template <class A, class B>
bool same_shape(A a, B b) noexcept
{
    static_assert(SameRank<A::layout_type::rank, B::layout_type::rank>::value);
    for (std::size_t axis = 0; axis < A::layout_type::rank; ++axis)
        if (a.extent(axis) != b.extent(axis)) return false;
    return true;
}

template <class L>
constexpr std::size_t static_extent(std::size_t axis) noexcept
{
    if constexpr (DenseLayout<L>)
        return L::static_extents[axis];
    else
        return L::rank == 1 || axis == 1 ? L::cols : L::rows;
}

template <class A, class B, std::size_t... Axis>
constexpr void check_static_shapes(std::index_sequence<Axis...>)
{
    static_assert((SameAxis<Axis, static_extent<A>(Axis), static_extent<B>(Axis)>::value && ...));
}

/// Does not compile where shapes are known to differ; throws `tfm::Error` where they do.
template <class T, class A, class U, class B>
void require_same_shape(const char* what, View<T, A> a, View<U, B> b)
{
    static_assert(SameRank<A::rank, B::rank>::value);
    if constexpr (A::rank == B::rank)
        check_static_shapes<A, B>(std::make_index_sequence<A::rank>());
    require(same_shape(a, b), [&] {
        return "tfm::" + std::string(what) + ": one tensor is " + shape_of(a) + ", another " +
               shape_of(b);
    });
}

#if defined(__GNUC__) && !defined(__clang__)
#define TFM_INDEPENDENT _Pragma("GCC ivdep")
#else
#define TFM_INDEPENDENT
#endif

/// `work(i)` for each i below `count`; none reads what another one writes. In blocks of a size that
/// the compiler knows, since g++ vectorises no other loops at -O2.
template <class Work>
void for_each_index(std::size_t count, Work&& work)
{
    constexpr std::size_t block = 64;
    std::size_t i = 0;
    for (; i + block <= count; i += block) {
        TFM_INDEPENDENT
        for (std::size_t j = 0; j < block; ++j) work(i + j);
    }
    for (; i < count; ++i) work(i);
}

#undef TFM_INDEPENDENT

/// Where a line along the last axis begins.
template <class D>
constexpr std::size_t line_begin(const D& layout, std::size_t line) noexcept
{
    std::size_t offset = 0;
    for (std::size_t axis = D::rank - 1; axis-- > 0;) {
        offset += line % layout.extent(axis) * layout.stride(axis);
        line /= layout.extent(axis);
    }
    return offset;
}

/// Whether the elements are one run of memory.
template <class D>
constexpr bool is_one_run(const D& layout) noexcept
{
    std::size_t stride = 1;
    for (std::size_t axis = D::rank; axis-- > 0;) {
        if (layout.extent(axis) != 1 && layout.stride(axis) != stride) return false;
        stride *= layout.extent(axis);
    }
    return true;
}

template <class D>
constexpr std::size_t last_stride(const D& layout) noexcept
{
    return layout.stride(D::rank - 1);
}

/// Whether the type alone says that all elements are one run of memory.
template <class L>
inline constexpr bool is_always_one_run = false;
template <std::size_t N>
inline constexpr bool is_always_one_run<Vec<N>> = true;
template <std::size_t R, std::size_t C>
inline constexpr bool is_always_one_run<RowMajor<R, C>> = true;

/// `body(count, x[0..count) of each view)` for line after line along the last axis, all lines of
/// tensors of one shape that are single runs of memory being one. A line is a pointer, or something
/// else that takes an index.
template <class Body, class First, class... More>
void for_each_line(Body&& body, First first, More... more)
{
    using L = typename First::layout_type;
    std::size_t count = 1;
    for (std::size_t axis = 0; axis < L::rank; ++axis) count *= first.extent(axis);
    if (count == 0) return;
    std::size_t const cols = first.extent(L::rank - 1);
    if constexpr (is_always_one_run<L> && (is_always_one_run<typename More::layout_type> && ...)) {
        body(count, first.data(), more.data()...);
    } else if constexpr (StridedLayout<L> && (StridedLayout<typename More::layout_type> && ...)) {
        auto const pass = [&](auto... x) {
            if ((is_one_run(x.layout()) && ...)) return body(count, x.data()...);
            bool const adjacent = ((last_stride(x.layout()) == 1) && ...);
            for (std::size_t line = 0; line < count / cols; ++line) {
                if (adjacent)
                    body(cols, x.data() + line_begin(x.layout(), line)...);
                else
                    body(cols, Stepped{x.data() + line_begin(x.layout(), line),
                                       last_stride(x.layout())}...);
            }
        };
        pass(dense(first), dense(more)...);
    } else {
        auto const pass = [&](auto... x) {
            for (std::size_t row = 0; row < count / cols; ++row)
                body(cols, Placed{x.data(), x.layout(), row}...);
        };
        pass(first, more...);
    }
}

/// `body(line)` with a row of a matrix: a pointer where its elements are adjacent.
template <class Body, class T, MatrixLayout L>
void with_row(View<T, L> x, std::size_t row, Body&& body)
{
    if constexpr (RowsLayout<L>) {
        body(x.data() + row * x.row_stride());
    } else if constexpr (DenseLayout<L>) {
        T* const data = x.data() + line_begin(x.layout(), row);
        if (last_stride(x.layout()) == 1)
            body(data);
        else
            body(Stepped{data, last_stride(x.layout())});
    } else {
        body(Placed{x.data(), x.layout(), row});
    }
}

/// The same for each row: `body(row, count, x[0..count))`.
template <class Body, class T, MatrixLayout L>
void for_each_row(Body&& body, View<T, L> x)
{
    for (std::size_t row = 0; row < x.rows(); ++row)
        with_row(x, row, [&](auto line) { body(row, x.cols(), line); });
}

} // namespace tensor_detail
} // namespace tfm

#include "../restore_macros.hpp"
