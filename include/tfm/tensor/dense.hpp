#pragma once

/// \file
/// `Dense<E...>`: up to four axes, each with a stride of its own.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "layout.hpp"

namespace tfm {

/// Axes of the extents E, a number or `dyn` each, and a stride for each of them: (batch, head,
/// time, feature), what is left of a matrix by a step, a transposed one. Extents and strides are
/// stored.
///
/// A matrix as algorithms see it where it has one axis (one row) or two. Kernels take contiguous
/// rows, which a `Dense` does not promise.
template <std::size_t... E>
class Dense {
    static_assert(sizeof...(E) >= 1 && sizeof...(E) <= 4, "tfm: Dense<E...> has 1 to 4 extents.");

public:
    static constexpr std::size_t rank = sizeof...(E);             ///< axes
    using Sizes = std::array<std::size_t, rank>;                  ///< a number per axis
    static constexpr Sizes static_extents{E...};                  ///< `dyn` where not known
    static constexpr bool is_static = ((E != dyn) && ...);        ///< all extents are numbers
    static constexpr bool has_contiguous_rows = false;            ///< strides are known at run time
    static constexpr bool is_padded = false;                      ///< nothing else may be read
    static constexpr std::size_t cols = static_extents[rank - 1]; ///< extent of the last axis
    static constexpr std::size_t rows =                           ///< of the last but one; or 1
        rank == 1 ? 1 : static_extents[rank - (rank > 1 ? 2 : 1)];

    /// Row after row, without gaps; a `dyn` extent is 0.
    constexpr Dense() noexcept : extents_{(E == dyn ? 0 : E)...} { set_contiguous_strides(); }

    /// Row after row, without gaps. Throws `tfm::Error` where a static extent is given another
    /// number.
    template <std::convertible_to<std::size_t>... N>
    requires(sizeof...(N) == rank) //
        constexpr explicit(rank == 1) Dense(N... extents)
        : extents_{static_cast<std::size_t>(extents)...}
    {
        check_extents();
        set_contiguous_strides();
    }

    /// An element further along an axis lies that axis's stride further. Throws `tfm::Error` where
    /// a static extent is given another number.
    constexpr Dense(const Sizes& extents, const Sizes& strides)
        : extents_(extents), strides_(strides)
    {
        check_extents();
    }

    /// Its name.
    static constexpr std::string_view name() noexcept { return "Dense"; }
    /// Extent of an axis.
    constexpr std::size_t extent(std::size_t axis) const noexcept
    {
        return static_extents[axis] == dyn ? extents_[axis] : static_extents[axis];
    }
    /// Elements from one of an axis to the next.
    constexpr std::size_t stride(std::size_t axis) const noexcept { return strides_[axis]; }
    /// Extents of all axes.
    constexpr const Sizes& extents() const noexcept { return extents_; }
    /// Strides of all axes.
    constexpr const Sizes& strides() const noexcept { return strides_; }

    /// @{
    /// The last two axes.
    constexpr std::size_t extent_rows() const noexcept
    {
        if constexpr (rank == 1)
            return 1;
        else
            return extent(rank - 2);
    }
    constexpr std::size_t extent_cols() const noexcept { return extent(rank - 1); }
    /// @}

    /// Where an element is, an index for each axis. One axis is a row, whose number may come first.
    template <class T, std::convertible_to<std::size_t>... Index>
    requires(sizeof...(Index) == rank || (rank == 1 && sizeof...(Index) == 2)) //
        constexpr std::size_t offset(Index... indices) const noexcept
    {
        std::size_t const index[] = {static_cast<std::size_t>(indices)...};
        std::size_t sum = 0;
        for (std::size_t axis = 0; axis < rank; ++axis)
            sum += index[sizeof...(Index) - rank + axis] * strides_[axis];
        return sum;
    }

    /// Elements from the first to the last; `SIZE_MAX` where no memory holds them.
    template <class T>
    constexpr std::size_t required_size() const noexcept
    {
        for (std::size_t axis = 0; axis < rank; ++axis)
            if (extent(axis) == 0) return 0;
        std::size_t last = 0;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            std::size_t const steps = extent(axis) - 1;
            if (steps != 0 && strides_[axis] > (PTRDIFF_MAX - last) / steps) return SIZE_MAX;
            last += steps * strides_[axis];
        }
        return last + 1;
    }

private:
    template <std::size_t Axis>
    constexpr void check_extent() const
    {
        tensor_detail::Extent<static_extents[Axis], static_cast<int>(Axis)> const checked(
            extents_[Axis]);
        static_cast<void>(checked);
    }
    constexpr void check_extents() const
    {
        check_extent<0>();
        if constexpr (rank > 1) check_extent<1>();
        if constexpr (rank > 2) check_extent<2>();
        if constexpr (rank > 3) check_extent<3>();
    }
    constexpr void set_contiguous_strides() noexcept
    {
        std::size_t stride = 1;
        for (std::size_t axis = rank; axis-- > 0;) {
            strides_[axis] = stride;
            stride *= extents_[axis];
        }
    }

    Sizes extents_{};
    Sizes strides_{};
};

namespace tensor_detail {

template <std::size_t>
inline constexpr std::size_t any_extent = dyn;

template <class Axes>
struct AllDyn;
template <std::size_t... Axis>
struct AllDyn<std::index_sequence<Axis...>> {
    using type = Dense<any_extent<Axis>...>;
};

/// `Rank` axes of extents known at run time.
template <std::size_t Rank>
using DynDense = typename AllDyn<std::make_index_sequence<Rank>>::type;

} // namespace tensor_detail
} // namespace tfm
