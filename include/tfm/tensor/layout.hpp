#pragma once

/// \file
/// Layouts: the shape and the order of a tensor in one type.
///
/// Every layout offers `rank`; the static extents `rows` and `cols` (`dyn` where only known at run
/// time); `extent_rows()` and `extent_cols()`; for an element type T `offset<T>(row, col)` and
/// `required_size<T>()`, both in elements; and `name()`. A `Vec` is one row. Only `dyn` extents are
/// stored, so a view of static shape is one pointer.
///
/// A layout whose rows are contiguous says so by `has_contiguous_rows` and offers
/// `row_stride<T>()`: kernels take no other. `is_padded` says that what lies between the extents
/// and `required_size<T>()` is zero and may be read. Layouts of a user's own state the same: see
/// the concepts `Layout` and `RowsLayout`.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "dtype.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// An extent known only at run time.
inline constexpr std::size_t dyn = std::dynamic_extent;

/// Bytes of a cache line, of an AVX-512 register and of a packed cell; every owned tensor begins at
/// a multiple of it.
inline constexpr std::size_t alignment = 64;

/// `count` in units of `unit`, rounded up.
constexpr std::size_t divide_up(std::size_t count, std::size_t unit) noexcept
{
    return (count + unit - 1) / unit;
}

/// `count` rounded up to a multiple of `unit`.
constexpr std::size_t round_up(std::size_t count, std::size_t unit) noexcept
{
    return divide_up(count, unit) * unit;
}

namespace tensor_detail {

/// One extent, which takes no room when static. `Axis` makes the types of a layout's extents
/// distinct, so that two empty ones may share an address.
template <std::size_t E, int Axis>
struct Extent {
    constexpr Extent() = default;
    constexpr explicit Extent(std::size_t extent)
    {
        require(extent == E, [&] {
            return "tfm: axis " + std::to_string(Axis) + " of a layout has the static extent " +
                   std::to_string(E) + " and was given " + std::to_string(extent) +
                   ": give it that extent, or make the static one tfm::dyn";
        });
    }
    constexpr std::size_t value() const noexcept { return E; }
};

template <int Axis>
struct Extent<dyn, Axis> {
    constexpr Extent() = default;
    constexpr explicit Extent(std::size_t extent) noexcept : extent_(extent) {}
    constexpr std::size_t value() const noexcept { return extent_; }

private:
    std::size_t extent_ = 0;
};

/// The shape of a matrix, shared by the matrix layouts.
template <std::size_t R, std::size_t C>
class Shape {
public:
    static constexpr std::size_t rank = 2;
    static constexpr std::size_t rows = R;
    static constexpr std::size_t cols = C;
    static constexpr bool is_static = R != dyn && C != dyn;

    constexpr Shape() = default;
    /// Throws `tfm::Error` where a static extent is given another number.
    constexpr Shape(std::size_t row_count, std::size_t col_count)
        : rows_(row_count), cols_(col_count)
    {
    }

    constexpr std::size_t extent_rows() const noexcept { return rows_.value(); }
    constexpr std::size_t extent_cols() const noexcept { return cols_.value(); }

private:
    [[no_unique_address]] Extent<R, 0> rows_;
    [[no_unique_address]] Extent<C, 1> cols_;
};

} // namespace tensor_detail

/// N contiguous elements.
template <std::size_t N = dyn>
class Vec {
public:
    /// @{
    /// What every layout offers: see layout.hpp.
    static constexpr std::size_t rank = 1;
    static constexpr std::size_t rows = 1;
    static constexpr std::size_t cols = N;
    static constexpr bool is_static = N != dyn;
    static constexpr bool has_contiguous_rows = true;
    static constexpr bool is_padded = false;

    constexpr Vec() = default;
    /// Throws `tfm::Error` where a static extent is given another number.
    constexpr explicit Vec(std::size_t count) : count_(count) {}

    static constexpr std::string_view name() noexcept { return "Vec"; }
    constexpr std::size_t extent_rows() const noexcept { return 1; }
    constexpr std::size_t extent_cols() const noexcept { return count_.value(); }

    template <Element T>
    constexpr std::size_t offset(std::size_t, std::size_t col) const noexcept
    {
        return col;
    }
    template <Element T>
    constexpr std::size_t required_size() const noexcept
    {
        return extent_cols();
    }
    template <Element T>
    constexpr std::size_t row_stride() const noexcept
    {
        return extent_cols();
    }
    /// @}

private:
    [[no_unique_address]] tensor_detail::Extent<N, 0> count_;
};

/// R rows of C contiguous elements, no padding: the layout of other libraries' buffers.
template <std::size_t R = dyn, std::size_t C = dyn>
class RowMajor : public tensor_detail::Shape<R, C> {
public:
    /// @{
    /// What every layout offers: see layout.hpp.
    static constexpr bool has_contiguous_rows = true;
    static constexpr bool is_padded = false;
    using tensor_detail::Shape<R, C>::Shape;

    static constexpr std::string_view name() noexcept { return "RowMajor"; }

    template <Element T>
    constexpr std::size_t row_stride() const noexcept
    {
        return this->extent_cols();
    }
    template <Element T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return row * row_stride<T>() + col;
    }
    template <Element T>
    constexpr std::size_t required_size() const noexcept
    {
        return this->extent_rows() * this->extent_cols();
    }
    /// @}
};

/// Rows padded to an odd number of 64-byte lines: at a stride of 1024 or 4096 bytes the same
/// columns of neighbouring rows would share a few sets of a cache. The padding is zero and may be
/// read, never written with anything else.
template <std::size_t R = dyn, std::size_t C = dyn>
class Padded : public tensor_detail::Shape<R, C> {
public:
    /// @{
    /// What every layout offers: see layout.hpp.
    static constexpr bool has_contiguous_rows = true;
    static constexpr bool is_padded = true;
    using tensor_detail::Shape<R, C>::Shape;

    static constexpr std::string_view name() noexcept { return "Padded"; }

    template <Element T>
    constexpr std::size_t row_stride() const noexcept
    {
        constexpr std::size_t line = alignment / sizeof(T);
        return (divide_up(this->extent_cols(), line) | 1U) * line;
    }
    template <Element T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return row * row_stride<T>() + col;
    }
    template <Element T>
    constexpr std::size_t required_size() const noexcept
    {
        return this->extent_rows() * row_stride<T>();
    }
    /// @}
};

/// R rows of C elements that begin `stride` elements apart: a slice of a wider matrix, such as Q, K
/// or V in the output of one projection.
template <std::size_t R = dyn, std::size_t C = dyn>
class Strided : public tensor_detail::Shape<R, C> {
public:
    /// @{
    /// What every layout offers: see layout.hpp.
    static constexpr bool has_contiguous_rows = true;
    static constexpr bool is_padded = false;

    constexpr Strided() = default;
    /// Throws `tfm::Error` where a static extent is given another number.
    constexpr Strided(std::size_t row_count, std::size_t col_count, std::size_t stride)
        : tensor_detail::Shape<R, C>(row_count, col_count), stride_(stride)
    {
    }

    static constexpr std::string_view name() noexcept { return "Strided"; }

    template <Element T>
    constexpr std::size_t row_stride() const noexcept
    {
        return stride_;
    }
    template <Element T>
    constexpr std::size_t offset(std::size_t row, std::size_t col) const noexcept
    {
        return row * stride_ + col;
    }
    template <Element T>
    constexpr std::size_t required_size() const noexcept
    {
        bool const empty = this->extent_rows() == 0 || this->extent_cols() == 0;
        return empty ? 0 : (this->extent_rows() - 1) * stride_ + this->extent_cols();
    }
    /// @}

private:
    std::size_t stride_ = 0;
};

/// Columns of one packed panel, and of one cell.
inline constexpr std::size_t panel_width = 16;

/// A weight matrix of K inputs and N outputs in panels of 16 columns.
///
/// A panel is a run of 64-byte cells; cell c holds, for each of the 16 columns in turn, the 4 bytes
/// of K from `c * k_group<T>` on. K is padded with zeros to whole runs of 16 cells (what an AMX
/// tile takes), N to whole panels. Rows are K and columns N, as in `y = x W`.
template <std::size_t K = dyn, std::size_t N = dyn>
class Packed : public tensor_detail::Shape<K, N> {
public:
    /// @{
    /// What every layout offers: see layout.hpp.
    static constexpr bool has_contiguous_rows = false;
    static constexpr bool is_padded = true;
    using tensor_detail::Shape<K, N>::Shape;

    static constexpr std::string_view name() noexcept { return "Packed"; }

    constexpr std::size_t panels() const noexcept
    {
        return divide_up(this->extent_cols(), panel_width);
    }

    /// K rounded up to what the cells of a panel hold.
    template <KernelElement T>
    constexpr std::size_t padded_k() const noexcept
    {
        return round_up(this->extent_rows(), alignment / sizeof(T));
    }
    /// Elements from one panel to the next.
    template <KernelElement T>
    constexpr std::size_t panel_stride() const noexcept
    {
        return padded_k<T>() * panel_width;
    }
    template <KernelElement T>
    constexpr std::size_t offset(std::size_t k, std::size_t n) const noexcept
    {
        constexpr std::size_t group = k_group<T>;
        return n / panel_width * panel_stride<T>() + k / group * (panel_width * group) +
               n % panel_width * group + k % group;
    }
    template <KernelElement T>
    constexpr std::size_t required_size() const noexcept
    {
        return panels() * panel_stride<T>();
    }
    /// @}
};

} // namespace tfm

#include "../restore_macros.hpp"
