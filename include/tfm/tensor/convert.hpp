#pragma once

/// \file
/// One element of a type as one of another.

#include <limits>
#include <type_traits>

#include "dtype.hpp"

#include "../hide_macros.hpp"

namespace tfm {

namespace tensor_detail {

/// What an element is computed with: a bf16 as a float, small integers as an int, an int as one
/// that holds sums and products.
template <class T>
constexpr auto widen(T value) noexcept
{
    if constexpr (std::is_same_v<T, bf16>)
        return static_cast<float>(value);
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return static_cast<std::int64_t>(value);
    else if constexpr (std::is_integral_v<T>)
        return static_cast<std::int32_t>(value);
    else
        return value;
}

/// The same beside an element of type Other: an integer becomes a double beside a floating-point
/// number, which holds each integer of a tensor.
template <class Other, class T>
constexpr auto widen_beside(T value) noexcept
{
    constexpr bool is_mixed = std::is_integral_v<T> && !std::is_integral_v<Other>;
    if constexpr (is_mixed)
        return static_cast<double>(value);
    else
        return widen(value);
}

} // namespace tensor_detail

/// `value` as a To. To a float, a double or a bf16: rounded to nearest, ties to even (a double
/// becomes a bf16 by way of a float). To an integer: its fraction is dropped, as in C++, what lies
/// beyond the integer's range becomes its least or greatest value, and NaN becomes 0.
template <Element To, class From>
constexpr To convert(From value) noexcept
{
    if constexpr (std::is_same_v<From, To>) {
        return value;
    } else if constexpr (std::is_same_v<From, bf16>) {
        return convert<To>(static_cast<float>(value));
    } else if constexpr (std::is_same_v<To, bf16>) {
        return bf16(static_cast<float>(value));
    } else if constexpr (std::is_floating_point_v<To>) {
        return static_cast<To>(value);
    } else {
        // A double holds every limit exactly, a float does not hold those of an int.
        using Wide = std::conditional_t<std::is_floating_point_v<From>, double, std::int64_t>;
        using Limits = std::numeric_limits<To>;
        auto const wide = static_cast<Wide>(value);
        if (wide >= static_cast<Wide>(Limits::max())) return Limits::max();
        if (wide <= static_cast<Wide>(Limits::lowest())) return Limits::lowest();
        return wide == wide ? static_cast<To>(wide) : To{0};
    }
}

} // namespace tfm

#include "../restore_macros.hpp"
