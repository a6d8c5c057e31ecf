#pragma once

/// \file
/// Loops over the rows and over the elements of a tensor.

#include <array>
#include <cstddef>
#include <iterator>

#include "slices.hpp"

namespace tfm {

/// The rows of a matrix, or what lies at each index of the first of more axes, for a loop:
/// `for (auto row : tfm::rows(x))`. A contiguous row is a `std::span`.
template <class T, StridedLayout L>
class RowRange {
public:
    /// At one of the rows.
    class Iterator {
    public:
        using difference_type = std::ptrdiff_t; ///< rows between two
        Iterator() = default;
        /// At row `index` of `x`.
        constexpr Iterator(View<T, L> x, std::size_t index) : x_(x), index_(index) {}

        /// The row.
        constexpr auto operator*() const
        {
            if constexpr (L::rank <= 2)
                return row(x_, index_);
            else
                return select<0>(x_, index_);
        }
        /// Goes to the next.
        constexpr Iterator& operator++()
        {
            ++index_;
            return *this;
        }
        /// Goes to the next; returns where it was.
        constexpr Iterator operator++(int)
        {
            Iterator const before = *this;
            ++index_;
            return before;
        }
        constexpr bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        View<T, L> x_;
        std::size_t index_ = 0;
    };

    /// The rows of `x`.
    constexpr explicit RowRange(View<T, L> x) : x_(x) {}
    /// At the first.
    constexpr Iterator begin() const { return {x_, 0}; }
    /// Behind the last.
    constexpr Iterator end() const { return {x_, size()}; }
    /// How many there are.
    constexpr std::size_t size() const { return L::rank == 1 ? 1 : x_.extent(0); }

private:
    View<T, L> x_;
};

/// The rows of `x`, one after the other.
template <StridedTensor X>
constexpr auto rows(X&& x)
{
    return RowRange(tensor_detail::view_of(x));
}

/// The elements of a tensor of any layout, the last axis fastest, for a loop:
/// `for (float& value : tfm::elements(x))`.
template <class T, Layout L>
class ElementRange {
public:
    /// At one of the elements.
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag; ///< can be passed more than once
        using value_type = std::remove_const_t<T>;           ///< what an element is
        using difference_type = std::ptrdiff_t;              ///< elements between two
        using pointer = T*;                                  ///< to an element
        using reference = T&;                                ///< an element

        Iterator() = default;
        /// At the first element, or at the end where `position` is the number of elements.
        constexpr Iterator(View<T, L> x, std::size_t position) : x_(x), position_(position) {}

        /// The element.
        constexpr T& operator*() const { return at(std::make_index_sequence<L::rank>()); }
        /// The element.
        constexpr T* operator->() const { return &**this; }
        /// Goes to the next.
        constexpr Iterator& operator++()
        {
            ++position_;
            for (std::size_t axis = L::rank; axis-- > 0;) {
                if (++index_[axis] < x_.extent(axis)) break;
                index_[axis] = 0;
            }
            return *this;
        }
        /// Goes to the next; returns where it was.
        constexpr Iterator operator++(int)
        {
            Iterator const before = *this;
            ++*this;
            return before;
        }
        constexpr bool operator==(const Iterator& other) const
        {
            return position_ == other.position_;
        }

    private:
        template <std::size_t... Axis>
        constexpr T& at(std::index_sequence<Axis...>) const
        {
            return x_(index_[Axis]...);
        }

        View<T, L> x_;
        std::array<std::size_t, L::rank> index_{};
        std::size_t position_ = 0;
    };

    /// The elements of `x`.
    constexpr explicit ElementRange(View<T, L> x) : x_(x) {}
    /// At the first.
    constexpr Iterator begin() const { return {x_, 0}; }
    /// Behind the last.
    constexpr Iterator end() const { return {x_, size()}; }
    /// How many there are.
    constexpr std::size_t size() const
    {
        std::size_t count = 1;
        for (std::size_t axis = 0; axis < L::rank; ++axis) count *= x_.extent(axis);
        return count;
    }

private:
    View<T, L> x_;
};

/// The elements of `x`, the last axis fastest.
template <Viewable X>
constexpr auto elements(X&& x)
{
    return ElementRange(tensor_detail::view_of(x));
}

} // namespace tfm
