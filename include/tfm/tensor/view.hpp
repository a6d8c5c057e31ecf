#pragma once

/// \file
/// `View<T, L>`: elements somebody else owns, in a layout.

#include <cstddef>
#include <string>
#include <type_traits>

#include "concepts.hpp"
#include "dtype.hpp"
#include "layout.hpp"

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
    constexpr View(T* data, L layout) noexcept : data_(data), layout_(layout) {}

    /// A view of static shape needs the pointer alone.
    constexpr explicit View(T* data) noexcept requires std::is_empty_v<L> : data_(data) {}

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

    /// The beginning of a row (row layouts). \pre `index < rows()`, or 0
    template <class Switches = BuildSwitches>
    constexpr T* row(std::size_t index) const requires RowsLayout<L>
    {
        TFM_ASSERT(index < rows() || index == 0, tensor_detail::outside("row", index, rows()));
        return data_ + index * row_stride();
    }

    /// One element. \pre `row < rows()` and `col < cols()`
    template <class Switches = BuildSwitches>
    constexpr T& operator()(std::size_t row, std::size_t col) const
    {
        TFM_ASSERT(row < rows(), tensor_detail::outside("row", row, rows()));
        TFM_ASSERT(col < cols(), tensor_detail::outside("column", col, cols()));
        return data_[layout_.template offset<value_type>(row, col)];
    }

    /// One element of a `Vec`. \pre `index < cols()`
    template <class Switches = BuildSwitches>
    constexpr T& operator()(std::size_t index) const requires VecLayout<L>
    {
        return (*this)(0, index);
    }

private:
    T* data_ = nullptr;
    [[no_unique_address]] L layout_;
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
