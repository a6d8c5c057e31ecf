#pragma once

/// \file
/// `View<T, L>`: elements somebody else owns, in a layout.

#include <cstddef>
#include <span>
#include <type_traits>

#include "concepts.hpp"
#include "dtype.hpp"
#include "layout.hpp"

namespace tfm {

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
    constexpr View(T* data, L layout) noexcept : data_(data), layout_(layout) {}

    /// A view of static shape needs the pointer alone.
    constexpr explicit View(T* data) noexcept requires(L::is_static&& std::is_empty_v<L>)
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
    /// Extent of the first axis; 1 of a `Vec`.
    constexpr std::size_t rows() const noexcept { return layout_.extent_rows(); }
    /// Extent of the second axis.
    constexpr std::size_t cols() const noexcept { return layout_.extent_cols(); }

    /// Elements from one row to the next (row layouts).
    constexpr std::size_t row_stride() const noexcept requires RowsLayout<L>
    {
        return layout_.template row_stride<value_type>();
    }

    /// The beginning of a row (row layouts).
    constexpr T* row(std::size_t index) const noexcept requires RowsLayout<L>
    {
        return data_ + index * row_stride();
    }

    /// One element; unchecked.
    constexpr T& operator()(std::size_t row, std::size_t col) const noexcept
    {
        return data_[layout_.template offset<value_type>(row, col)];
    }

    /// One element of a `Vec`; unchecked.
    constexpr T& operator()(std::size_t index) const noexcept requires VecLayout<L>
    {
        return data_[index];
    }

private:
    T* data_ = nullptr;
    [[no_unique_address]] L layout_;
};

/// The rows [first, first + count) of a matrix, in place.
template <class T, RowsLayout L>
constexpr View<T, Strided<dyn, L::cols>> row_range(View<T, L> x, std::size_t first,
                                                   std::size_t count) noexcept
{
    return {x.row(first), {count, x.cols(), x.row_stride()}};
}

/// The columns [first, first + count) of a matrix, in place: Q, K or V out of one projection.
template <class T, RowsLayout L>
constexpr View<T, Strided<L::rows, dyn>> column_range(View<T, L> x, std::size_t first,
                                                      std::size_t count) noexcept
{
    return {x.data() + first, {x.rows(), count, x.row_stride()}};
}

} // namespace tfm
