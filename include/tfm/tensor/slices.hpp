#pragma once

/// \file
/// Parts and other orders of a tensor in place: slices with steps, rows, columns, transposed views.
/// Static extents are kept and checked by the compiler. Everything takes a `View` or a `Tensor` of
/// a strided layout; of a `Tensor` that is about to end there is no view.

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

/// The same elements as a view whose strides are known at run time.
template <StridedTensor X>
constexpr auto dense(X&& x)
{
    auto const view = tensor_detail::view_of(x);
    using L = typename decltype(view)::layout_type;
    using T = typename decltype(view)::element_type;
    if constexpr (DenseLayout<L>) {
        return view;
    } else if constexpr (L::rank == 1) {
        return View<T, Dense<L::cols>>(view.data(), Dense<L::cols>(view.cols()));
    } else {
        using D = Dense<L::rows, L::cols>;
        return View<T, D>(view.data(), D({view.rows(), view.cols()}, {view.row_stride(), 1}));
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
template <std::size_t Axis, StridedTensor X, class Switches = BuildSwitches>
constexpr auto slice(X&& x, std::size_t first, std::size_t count, std::size_t step = 1)
{
    auto const all = dense(x);
    static_assert(Axis < decltype(all)::layout_type::rank,
                  "tfm: slice<Axis>: the tensor has no such axis.");
    TFM_ASSERT(count == 0 ? first <= all.extent(Axis)
                          : first < all.extent(Axis) && step != 0 &&
                                count - 1 <= (all.extent(Axis) - 1 - first) / step,
               tensor_detail::beyond("elements", first, count, all.extent(Axis)) +
                   " by a step of " + std::to_string(step));
    return tensor_detail::sliced<Axis, dyn>(all, first, count, step);
}

/// `Count` elements along an axis from `first` on. \pre they are in `x`
template <std::size_t Axis, std::size_t Count, StridedTensor X, class Switches = BuildSwitches>
constexpr auto slice(X&& x, std::size_t first)
{
    auto const all = dense(x);
    using D = typename decltype(all)::layout_type;
    static_assert(Axis < D::rank, "tfm: slice<Axis, Count>: the tensor has no such axis.");
    static_assert(SliceWithin<0, Count, D::static_extents[Axis]>::value);
    TFM_ASSERT(Count <= all.extent(Axis) && first <= all.extent(Axis) - Count,
               tensor_detail::beyond("elements", first, Count, all.extent(Axis)));
    return tensor_detail::sliced<Axis, Count>(all, first, Count, 1);
}

/// `slice<Axis, Count>(x, First)`, which the compiler checks where it knows the extent.
template <std::size_t Axis, std::size_t Count, std::size_t First, StridedTensor X>
constexpr auto slice(X&& x)
{
    using D = typename decltype(dense(x))::layout_type;
    static_assert(Axis < D::rank, "tfm: slice<Axis, Count, First>: the tensor has no such axis.");
    static_assert(SliceWithin<First, Count, D::static_extents[Axis]>::value);
    return slice<Axis, Count>(x, First);
}

/// Every `step`-th element along an axis, the first included. \pre `step > 0`
template <std::size_t Axis, StridedTensor X>
constexpr auto every(X&& x, std::size_t step)
{
    auto const all = dense(x);
    static_assert(Axis < decltype(all)::layout_type::rank,
                  "tfm: every<Axis>: the tensor has no such axis.");
    require(step > 0, [] { return "tfm::every: a step is at least 1"; });
    return slice<Axis>(all, 0, divide_up(all.extent(Axis), step), step);
}

/// What lies at one index of an axis, without that axis: rank 2 to 4. \pre `index` is in `x`
template <std::size_t Axis, StridedTensor X, class Switches = BuildSwitches>
requires(tensor_detail::rank_of<X> > 1) //
    constexpr auto select(X&& x, std::size_t index)
{
    auto const all = dense(x);
    using D = typename decltype(all)::layout_type;
    static_assert(Axis < D::rank, "tfm: select<Axis>: the tensor has no such axis.");
    TFM_ASSERT(index < all.extent(Axis), tensor_detail::outside("index", index, all.extent(Axis)));
    using Result = typename tensor_detail::Without<D, Axis>::type;
    typename Result::Sizes extents{};
    typename Result::Sizes strides{};
    for (std::size_t axis = 0; axis < Result::rank; ++axis) {
        extents[axis] = all.layout().extent(axis < Axis ? axis : axis + 1);
        strides[axis] = all.layout().stride(axis < Axis ? axis : axis + 1);
    }
    return View<tensor_detail::ElementIn<X>, Result>(all.data() + index * all.layout().stride(Axis),
                                                     Result(extents, strides));
}

/// The axes in another order: axis i of the result is axis `Axis[i]` of `x`.
template <std::size_t... Axis, StridedTensor X>
constexpr auto permute(X&& x)
{
    auto const all = dense(x);
    using D = typename decltype(all)::layout_type;
    static_assert(sizeof...(Axis) == D::rank, "tfm: permute<...> names each axis once.");
    static_assert(((std::size_t{1} << Axis) | ...) == (std::size_t{1} << D::rank) - 1,
                  "tfm: permute<...> names each axis once.");
    using Result = tensor_detail::Permuted<D, Axis...>;
    return View<tensor_detail::ElementIn<X>, Result>(
        all.data(), Result({all.layout().extent(Axis)...}, {all.layout().stride(Axis)...}));
}

/// (M, N) to (N, M).
template <StridedMatrix X>
constexpr auto transpose(X&& x)
{
    return permute<1, 0>(x);
}

/// \name Rows and columns of a matrix.
/// @{

/// `Count` rows from `first` on; of contiguous ones, rows that kernels take. \pre they are in `x`
template <std::size_t Count, StridedMatrix X, class Switches = BuildSwitches>
constexpr auto rows(X&& x, std::size_t first)
{
    auto const view = tensor_detail::view_of(x);
    using L = typename decltype(view)::layout_type;
    static_assert(SliceWithin<0, Count, L::rows>::value);
    if constexpr (RowsLayout<L>) {
        using Part = View<tensor_detail::ElementIn<X>, Strided<Count, L::cols>>;
        return Part(row_range(view, first, Count).data(), {Count, view.cols(), view.row_stride()});
    } else {
        return slice<0, Count>(view, first);
    }
}

/// `Count` columns from `first` on; of contiguous rows, rows that kernels take. \pre they are in
/// `x`
template <std::size_t Count, StridedMatrix X, class Switches = BuildSwitches>
constexpr auto columns(X&& x, std::size_t first)
{
    auto const view = tensor_detail::view_of(x);
    using L = typename decltype(view)::layout_type;
    static_assert(SliceWithin<0, Count, L::cols>::value);
    if constexpr (RowsLayout<L>) {
        using Part = View<tensor_detail::ElementIn<X>, Strided<L::rows, Count>>;
        return Part(column_range(view, first, Count).data(),
                    {view.rows(), Count, view.row_stride()});
    } else {
        return slice<1, Count>(view, first);
    }
}

/// `rows<Count>(x, First)`, which the compiler checks where it knows how many there are.
template <std::size_t Count, std::size_t First, StridedMatrix X>
constexpr auto rows(X&& x)
{
    static_assert(SliceWithin<First, Count, tensor_detail::ViewOf<X>::layout_type::rows>::value);
    return rows<Count>(x, First);
}

/// `columns<Count>(x, First)`, which the compiler checks where it knows how many there are.
template <std::size_t Count, std::size_t First, StridedMatrix X>
constexpr auto columns(X&& x)
{
    static_assert(SliceWithin<First, Count, tensor_detail::ViewOf<X>::layout_type::cols>::value);
    return columns<Count>(x, First);
}

/// One row: a span where rows are contiguous, else a view with a step. \pre `index < x.rows()`
template <StridedTensor X, class Switches = BuildSwitches>
requires(tensor_detail::rank_of<X> <= 2) //
    constexpr auto row(X&& x, std::size_t index)
{
    auto const view = tensor_detail::view_of(x);
    using L = typename decltype(view)::layout_type;
    if constexpr (RowsLayout<L>) {
        TFM_ASSERT(index < view.rows(), tensor_detail::outside("row", index, view.rows()));
        return std::span<tensor_detail::ElementIn<X>, L::cols>(
            view.data() + index * view.row_stride(), view.cols());
    } else if constexpr (L::rank == 1) {
        TFM_ASSERT(index == 0, tensor_detail::outside("row", index, 1));
        return view;
    } else {
        return select<0>(view, index);
    }
}

/// One column, a view with a step. \pre `index < x.cols()`
template <StridedMatrix X>
constexpr auto column(X&& x, std::size_t index)
{
    return select<1>(x, index);
}
/// @}

} // namespace tfm

#include "../restore_macros.hpp"
