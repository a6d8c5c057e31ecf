#pragma once

/// \file
/// Parts and other orders of a tensor in place: slices with steps, rows, columns, transposed views.
/// Static extents are kept and checked by the compiler. Everything takes a `View` of a strided
/// layout: `x.view()` of a `Tensor`.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "view.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Rule: a slice of a static size lies within the axis.
template <std::size_t First, std::size_t Count, std::size_t Extent>
struct SliceWithin : std::true_type {
    static_assert(Extent == dyn || (First <= Extent && Count <= Extent - First),
                  "tfm: this slice ends beyond its axis: the compiler's note "
                  "SliceWithin<First, Count, Extent> has the numbers.");
};

/// The same elements as a view whose strides are known at run time: this one.
template <class T, std::size_t... E>
constexpr View<T, Dense<E...>> dense(View<T, Dense<E...>> x) noexcept
{
    return x;
}
/// The same elements as a view whose strides are known at run time.
template <class T, RowsLayout L>
constexpr auto dense(View<T, L> x)
{
    if constexpr (L::rank == 1) {
        return View<T, Dense<L::cols>>(x.data(), Dense<L::cols>(x.cols()));
    } else {
        using D = Dense<L::rows, L::cols>;
        return View<T, D>(x.data(), D({x.rows(), x.cols()}, {x.row_stride(), 1}));
    }
}

namespace tensor_detail {

/// Dense<E...> with the extents at `Axis...`, in that order.
template <class D, std::size_t... Axis>
using Permuted = Dense<D::static_extents[Axis]...>;

/// D with another static extent at one axis.
template <class D, std::size_t Axis, std::size_t E, class = std::make_index_sequence<D::rank>>
struct Resized;
template <class D, std::size_t Axis, std::size_t E, std::size_t... Index>
struct Resized<D, Axis, E, std::index_sequence<Index...>> {
    using type = Dense<(Index == Axis ? E : D::static_extents[Index])...>;
};

/// D without one axis.
template <class D, std::size_t Axis, class = std::make_index_sequence<D::rank - 1>>
struct Without;
template <class D, std::size_t Axis, std::size_t... Index>
struct Without<D, Axis, std::index_sequence<Index...>> {
    using type = Permuted<D, (Index < Axis ? Index : Index + 1)...>;
};

/// `count` elements of an axis from `first` on, a step apart.
template <std::size_t Axis, std::size_t Count, class T, class D>
constexpr auto sliced(View<T, D> x, std::size_t first, std::size_t count, std::size_t step)
{
    using Result = typename Resized<D, Axis, Count>::type;
    auto extents = x.layout().extents();
    auto strides = x.layout().strides();
    extents[Axis] = count;
    strides[Axis] *= step;
    return View<T, Result>(x.data() + first * x.layout().stride(Axis), Result(extents, strides));
}

} // namespace tensor_detail

/// `count` elements along an axis from `first` on, every `step`-th of them. \pre they are in `x`
template <std::size_t Axis, class T, StridedLayout L, class Switches = BuildSwitches>
constexpr auto slice(View<T, L> x, std::size_t first, std::size_t count, std::size_t step = 1)
{
    static_assert(Axis < L::rank, "tfm: slice<Axis>: the tensor has no such axis.");
    TFM_ASSERT(count == 0 ? first <= x.extent(Axis)
                          : first < x.extent(Axis) && step != 0 &&
                                count - 1 <= (x.extent(Axis) - 1 - first) / step,
               tensor_detail::beyond("elements", first, count, x.extent(Axis)) + " by a step of " +
                   std::to_string(step));
    return tensor_detail::sliced<Axis, dyn>(dense(x), first, count, step);
}

/// `Count` elements along an axis from `first` on. \pre they are in `x`
template <std::size_t Axis, std::size_t Count, class T, StridedLayout L,
          class Switches = BuildSwitches>
constexpr auto slice(View<T, L> x, std::size_t first)
{
    static_assert(Axis < L::rank, "tfm: slice<Axis, Count>: the tensor has no such axis.");
    using D = decltype(dense(x));
    static_assert(SliceWithin<0, Count, D::layout_type::static_extents[Axis]>::value);
    TFM_ASSERT(Count <= x.extent(Axis) && first <= x.extent(Axis) - Count,
               tensor_detail::beyond("elements", first, Count, x.extent(Axis)));
    return tensor_detail::sliced<Axis, Count>(dense(x), first, Count, 1);
}

/// Every `step`-th element along an axis, the first included. \pre `step > 0`
template <std::size_t Axis, class T, StridedLayout L>
constexpr auto every(View<T, L> x, std::size_t step)
{
    require(step > 0, [] { return "tfm::every: a step is at least 1"; });
    return slice<Axis>(x, 0, divide_up(x.extent(Axis), step), step);
}

/// What lies at one index of an axis, without that axis: rank 2 to 4. \pre `index` is in `x`
template <std::size_t Axis, class T, StridedLayout L, class Switches = BuildSwitches>
constexpr auto select(View<T, L> x, std::size_t index) requires(L::rank > 1)
{
    static_assert(Axis < L::rank, "tfm: select<Axis>: the tensor has no such axis.");
    TFM_ASSERT(index < x.extent(Axis), tensor_detail::outside("index", index, x.extent(Axis)));
    auto const all = dense(x);
    using D = typename decltype(all)::layout_type;
    using Result = typename tensor_detail::Without<D, Axis>::type;
    typename Result::Sizes extents{};
    typename Result::Sizes strides{};
    for (std::size_t axis = 0; axis < Result::rank; ++axis) {
        extents[axis] = all.layout().extent(axis < Axis ? axis : axis + 1);
        strides[axis] = all.layout().stride(axis < Axis ? axis : axis + 1);
    }
    return View<T, Result>(all.data() + index * all.layout().stride(Axis),
                           Result(extents, strides));
}

/// The axes in another order: axis i of the result is axis `Axis[i]` of `x`.
template <std::size_t... Axis, class T, StridedLayout L>
constexpr auto permute(View<T, L> x)
{
    static_assert(sizeof...(Axis) == L::rank, "tfm: permute<...> names each axis once.");
    static_assert(((std::size_t{1} << Axis) | ...) == (std::size_t{1} << L::rank) - 1,
                  "tfm: permute<...> names each axis once.");
    auto const all = dense(x);
    using Result = tensor_detail::Permuted<typename decltype(all)::layout_type, Axis...>;
    return View<T, Result>(all.data(),
                           Result({all.layout().extent(Axis)...}, {all.layout().stride(Axis)...}));
}

/// (M, N) to (N, M).
template <class T, StridedLayout L>
requires(L::rank == 2) //
    constexpr auto transpose(View<T, L> x)
{
    return permute<1, 0>(x);
}

/// \name Rows and columns of a matrix.
/// @{

/// `Count` rows from `first` on; of contiguous ones, rows that kernels take. \pre they are in `x`
template <std::size_t Count, class T, StridedLayout L, class Switches = BuildSwitches>
requires(L::rank == 2) //
    constexpr auto rows(View<T, L> x, std::size_t first)
{
    static_assert(SliceWithin<0, Count, L::rows>::value);
    if constexpr (RowsLayout<L>) {
        auto const part = row_range(x, first, Count);
        return View<T, Strided<Count, L::cols>>(part.data(), {Count, x.cols(), x.row_stride()});
    } else {
        return slice<0, Count>(x, first);
    }
}

/// `Count` columns from `first` on; of contiguous rows, rows that kernels take. \pre they are in
/// `x`
template <std::size_t Count, class T, StridedLayout L, class Switches = BuildSwitches>
requires(L::rank == 2) //
    constexpr auto columns(View<T, L> x, std::size_t first)
{
    static_assert(SliceWithin<0, Count, L::cols>::value);
    if constexpr (RowsLayout<L>) {
        auto const part = column_range(x, first, Count);
        return View<T, Strided<L::rows, Count>>(part.data(), {x.rows(), Count, x.row_stride()});
    } else {
        return slice<1, Count>(x, first);
    }
}

/// `rows<Count>(x, First)`, which the compiler checks where it knows how many there are.
template <std::size_t Count, std::size_t First, class T, StridedLayout L>
requires(L::rank == 2) //
    constexpr auto rows(View<T, L> x)
{
    static_assert(SliceWithin<First, Count, L::rows>::value);
    return rows<Count>(x, First);
}

/// `columns<Count>(x, First)`, which the compiler checks where it knows how many there are.
template <std::size_t Count, std::size_t First, class T, StridedLayout L>
requires(L::rank == 2) //
    constexpr auto columns(View<T, L> x)
{
    static_assert(SliceWithin<First, Count, L::cols>::value);
    return columns<Count>(x, First);
}

/// One row: a span where rows are contiguous, else a view with a step. \pre `index < x.rows()`
template <class T, StridedLayout L, class Switches = BuildSwitches>
requires(L::rank <= 2) //
    constexpr auto row(View<T, L> x, std::size_t index)
{
    if constexpr (RowsLayout<L>) {
        TFM_ASSERT(index < x.rows(), tensor_detail::outside("row", index, x.rows()));
        return std::span<T, L::cols>(x.data() + index * x.row_stride(), x.cols());
    } else if constexpr (L::rank == 1) {
        TFM_ASSERT(index == 0, tensor_detail::outside("row", index, 1));
        return x;
    } else {
        return select<0>(x, index);
    }
}

/// One column, a view with a step. \pre `index < x.cols()`
template <class T, StridedLayout L>
requires(L::rank == 2) //
    constexpr auto column(View<T, L> x, std::size_t index)
{
    return select<1>(x, index);
}
/// @}

} // namespace tfm

#include "../restore_macros.hpp"
