#pragma once

/// \file
/// `View<T, L>`: elements somebody else owns, in a layout.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "concepts.hpp"
#include "dtype.hpp"
#include "layout.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// What is wrong with an index.
inline std::string outside(const char* what, std::size_t index, std::size_t extent)
{
    return std::string(what) + " " + std::to_string(index) + " of a tensor of " +
           std::to_string(extent);
}

/// What is wrong with a range.
inline std::string beyond(const char* what, std::size_t first, std::size_t count,
                          std::size_t extent)
{
    return std::string(what) + " [" + std::to_string(first) + ", " + std::to_string(first) + " + " +
           std::to_string(count) + ") of a tensor of " + std::to_string(extent);
}

/// Elements of type T that `layout` needs; more than any memory holds where its extents do not fit.
template <class T, Layout L>
constexpr std::size_t checked_size(const L& layout) noexcept
{
    constexpr std::size_t most = PTRDIFF_MAX / sizeof(T);
    if constexpr (MatrixLayout<L>) {
        // Layouts pad each extent to less than 64 elements more; rows of a slice lie a stride
        // apart.
        std::size_t row = layout.extent_cols();
        if constexpr (RowsLayout<L>) {
            std::size_t const stride = layout.template row_stride<T>();
            if (stride > row) row = stride;
        }
        std::size_t const rows = layout.extent_rows();
        bool const fits =
            rows < most && row < most && (rows == 0 || row + alignment < most / (rows + alignment));
        if (!fits) return SIZE_MAX;
    }
    std::size_t const size = layout.template required_size<T>();
    return size > most ? SIZE_MAX : size;
}

/// A `std::vector`, `std::span`, `std::array` or C array of T.
template <class R, class T>
concept RangeOf = requires(R& range)
{
    {
        std::data(range)
        } -> std::convertible_to<T*>;
    std::size(range);
}
&&(std::is_lvalue_reference_v<R> || std::ranges::enable_borrowed_range<std::remove_cvref_t<R>>);

/// A pointer, and not an array, to elements of type T.
template <class P, class T>
concept PointerTo = !std::is_array_v<std::remove_reference_t<P>> && std::convertible_to<P, T*>;

} // namespace tensor_detail

/// A pointer and a layout: trivially copyable, the size of a pointer when the shape is static.
/// `View<const T, L>` reads. A view is as const as its element type, as with `std::span`.
template <class T, Layout L>
requires Element<std::remove_const_t<T>>
class View {
public:
    using element_type = T;                    ///< const where the view only reads
    using value_type = std::remove_const_t<T>; ///< what an element is
    using layout_type = L;                     ///< shape and order

    constexpr View() = default;

    /// `data` points to at least `layout.required_size<T>()` elements.
    template <class P>
    requires tensor_detail::PointerTo<P, T>
    constexpr View(P&& data, L layout) noexcept : data_(data), layout_(layout) {}

    /// The elements of a vector, span, array or C array. Throws `tfm::Error` where it has fewer
    /// than `layout.required_size<T>()`.
    template <tensor_detail::RangeOf<T> R>
    constexpr View(R&& range, L layout) : data_(std::data(range)), layout_(layout)
    {
        std::size_t const needed = tensor_detail::checked_size<value_type>(layout);
        require(needed <= std::size(range), [&] {
            return "tfm::View: " + std::string(L::name()) + " of " + std::to_string(rows()) +
                   " x " + std::to_string(cols()) + " needs " +
                   (needed == SIZE_MAX ? "more memory than there is"
                                       : std::to_string(needed) + " elements") +
                   ", and the range has " + std::to_string(std::size(range));
        });
    }

    /// All elements of a vector, span, array or C array as one row, or as many as a static shape
    /// needs; throws `tfm::Error` where it has fewer.
    template <tensor_detail::RangeOf<T> R>
    requires(VecLayout<L> || std::is_empty_v<L>) //
        constexpr explicit View(R&& range)
        : View(range, layout_for(std::size(range)))
    {
    }

    /// A view of static shape needs the pointer alone.
    template <class P>
    requires(tensor_detail::PointerTo<P, T>&& std::is_empty_v<L>) //
        constexpr explicit View(P&& data) noexcept
        : data_(data)
    {
    }

    /// A view to read what may be written.
    constexpr operator View<const T, L>() const noexcept requires(!std::is_const_v<T>)
    {
        return {data_, layout_};
    }

    /// The first element.
    constexpr T* data() const noexcept { return data_; }
    /// Shape and order.
    constexpr const L& layout() const noexcept { return layout_; }
    /// Extent of an axis. \pre `axis < L::rank`
    template <class Switches = BuildSwitches>
    constexpr std::size_t extent(std::size_t axis) const
    {
        TFM_ASSERT(axis < L::rank, tensor_detail::outside("axis", axis, L::rank));
        if constexpr (DenseLayout<L>)
            return layout_.extent(axis);
        else
            return L::rank == 1 || axis > 0 ? cols() : rows();
    }
    /// Extent of the last axis but one; 1 of a single row.
    constexpr std::size_t rows() const noexcept { return layout_.extent_rows(); }
    /// Extent of the last axis.
    constexpr std::size_t cols() const noexcept { return layout_.extent_cols(); }

    /// Elements from one row to the next (row layouts).
    constexpr std::size_t row_stride() const noexcept requires RowsLayout<L>
    {
        return layout_.template row_stride<value_type>();
    }

    /// The beginning of a row (row layouts). \pre `index < rows()`, or 0
    template <class Switches = BuildSwitches>
    constexpr T* row(std::size_t index) const requires RowsLayout<L>
    {
        TFM_ASSERT(index < rows() || index == 0, tensor_detail::outside("row", index, rows()));
        return data_ + index * row_stride();
    }

    /// One element, an index for each axis; a single row takes its number, 0, before it, too.
    /// \pre each index is less than the extent of its axis
    template <class Switches = BuildSwitches, std::convertible_to<std::size_t>... I>
    requires IndexedBy<L, sizeof...(I)>
    constexpr T& operator()(I... index) const
    {
        if constexpr (sizeof...(I) == 1) {
            return (*this)(0, index...);
        } else {
            check_indices<Switches>(static_cast<std::size_t>(index)...);
            return data_[layout_.template offset<value_type>(static_cast<std::size_t>(index)...)];
        }
    }

private:
    template <class Switches>
    constexpr void check_indices([[maybe_unused]] std::size_t row,
                                 [[maybe_unused]] std::size_t col) const
    {
        TFM_ASSERT(row < rows(), tensor_detail::outside("row", row, rows()));
        TFM_ASSERT(col < cols(), tensor_detail::outside("column", col, cols()));
    }
    template <class Switches, class... More>
    constexpr void check_indices([[maybe_unused]] std::size_t first, std::size_t second,
                                 std::size_t third, More... more) const
    {
        [[maybe_unused]] constexpr std::size_t axis = L::rank - sizeof...(More) - 3;
        TFM_ASSERT(first < extent(axis), tensor_detail::outside("index", first, extent(axis)));
        check_indices<Switches>(second, third, more...);
    }
    static constexpr L layout_for([[maybe_unused]] std::size_t count)
    {
        if constexpr (VecLayout<L>)
            return L(count);
        else
            return L();
    }

    T* data_ = nullptr;
    [[no_unique_address]] L layout_;
};

/// Of a pointer.
template <class T, Layout L>
View(T*, L) -> View<T, L>;
/// Of a vector, span or array.
template <class R, Layout L>
View(R&& range, L) -> View<std::remove_pointer_t<decltype(std::data(range))>, L>;
/// Of a vector, span or array, as one row.
template <class R>
View(R&& range) -> View<std::remove_pointer_t<decltype(std::data(range))>, Vec<>>;

template <Element T, Layout L>
class Tensor;

namespace tensor_detail {

/// \name A tensor or a view as a view.
/// @{
template <class T, class L>
constexpr View<T, L> view_of(View<T, L> x) noexcept
{
    return x;
}
template <class T, class L>
View<T, L> view_of(Tensor<T, L>& x) noexcept
{
    return x.view();
}
template <class T, class L>
View<const T, L> view_of(const Tensor<T, L>& x) noexcept
{
    return x.view();
}
template <class T, class L>
void view_of(const Tensor<T, L>&&) = delete; // it would end before its view
/// @}

template <class X>
using ViewOf = decltype(view_of(std::declval<X&>()));
template <class X>
using ValueOf = typename ViewOf<X>::value_type;
/// Const where it is only read.
template <class X>
using ElementIn = typename ViewOf<X>::element_type;
template <class X>
inline constexpr std::size_t rank_of = ViewOf<X>::layout_type::rank;
template <class X>
inline constexpr bool is_matrix = rank_of<X> == 2;
template <class X>
inline constexpr bool is_strided = StridedLayout<typename ViewOf<X>::layout_type>;

} // namespace tensor_detail

/// A `Tensor` or a `View` of any layout.
template <class X>
concept TensorLike = requires(X& x)
{
    tensor_detail::view_of(x);
};

/// One that can be written to.
template <class X>
concept WritableTensor = TensorLike<X> && !std::is_const_v<tensor_detail::ElementIn<X>>;

/// A `View`, or a `Tensor` that has a name, and so outlives a view of it.
template <class X>
concept Viewable = requires(X&& x)
{
    // The compiler prints the line below, and so the remedy.
    tensor_detail::view_of(static_cast<X&&>(x)); // name the tensor: a view does not keep it
};

/// One whose elements lie a stride apart along each axis: what has parts and other orders in place.
template <class X>
concept StridedTensor = Viewable<X> && requires
{
    requires tensor_detail::is_strided<X>; // parts are of strided elements: copy to RowMajor first
};

/// One of two axes.
template <class X>
concept StridedMatrix = StridedTensor<X> && requires
{
    requires tensor_detail::is_matrix<X>; // this takes two axes: use permute, slice or select
};

/// The rows [first, first + count) of a matrix, in place. \pre they are rows of `x`
template <class T, RowsLayout L, class Switches = BuildSwitches>
constexpr View<T, Strided<dyn, L::cols>> row_range(View<T, L> x, std::size_t first,
                                                   std::size_t count)
{
    TFM_ASSERT(first <= x.rows() && count <= x.rows() - first,
               tensor_detail::beyond("rows", first, count, x.rows()));
    return {x.data() + first * x.row_stride(), {count, x.cols(), x.row_stride()}};
}

/// The columns [first, first + count) of a matrix, in place: Q, K or V out of one projection.
/// \pre they are columns of `x`
template <class T, RowsLayout L, class Switches = BuildSwitches>
constexpr View<T, Strided<L::rows, dyn>> column_range(View<T, L> x, std::size_t first,
                                                      std::size_t count)
{
    TFM_ASSERT(first <= x.cols() && count <= x.cols() - first,
               tensor_detail::beyond("columns", first, count, x.cols()));
    return {x.data() + first, {x.rows(), count, x.row_stride()}};
}

} // namespace tfm

#include "../restore_macros.hpp"
