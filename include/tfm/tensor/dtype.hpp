#pragma once

/// \file
/// Element types: `float`, `tfm::bf16` and `std::int8_t`, and what the layouts and kernels need to
/// know of each.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tfm {

/// The upper half of an IEEE 754 single: 1 sign, 8 exponent and 7 fraction bits. Storage only: it
/// converts explicitly and has no arithmetic, since every kernel accumulates in `float`.
struct bf16 {
    std::uint16_t bits; ///< as they are in memory

    bf16() = default;

    /// Rounds to nearest, ties to even; NaN stays NaN (made quiet), subnormals are kept.
    explicit constexpr bf16(float value) noexcept : bits(round(std::bit_cast<std::uint32_t>(value)))
    {
    }

    /// Exact: every bf16 is a float.
    explicit constexpr operator float() const noexcept
    {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }

    /// The number whose representation is `bits`.
    static constexpr bf16 from_bits(std::uint16_t bits) noexcept
    {
        bf16 result(0.0F);
        result.bits = bits;
        return result;
    }

    friend constexpr bool operator==(bf16 a, bf16 b) noexcept
    {
        return static_cast<float>(a) == static_cast<float>(b);
    }

private:
    static constexpr std::uint16_t round(std::uint32_t single) noexcept
    {
        bool const is_nan = (single & 0x7FFFFFFFU) > 0x7F800000U;
        if (is_nan) return static_cast<std::uint16_t>((single >> 16) | 0x0040U);
        // Adding half a unit less one, plus the lowest kept bit, carries exactly when round to
        // nearest even goes up.
        std::uint32_t const ties_to_even = (single >> 16) & 1U;
        return static_cast<std::uint16_t>((single + 0x7FFFU + ties_to_even) >> 16);
    }
};

static_assert(sizeof(bf16) == 2);

/// Types a tensor may hold. Specialise `dtype_traits` for no others: kernels exist for these three.
template <class T>
concept Element = std::same_as<T, float> || std::same_as<T, bf16> || std::same_as<T, std::int8_t>;

template <Element T>
struct dtype_traits;

/// Of `float`.
template <>
struct dtype_traits<float> {
    static constexpr std::string_view name = "float32"; ///< for people and files
};

/// Of `bf16`.
template <>
struct dtype_traits<bf16> {
    static constexpr std::string_view name = "bfloat16"; ///< for people and files
};

/// Of `std::int8_t`.
template <>
struct dtype_traits<std::int8_t> {
    static constexpr std::string_view name = "int8"; ///< for people and files
};

/// Values of K that share the 4 bytes of one column in a packed cell: 1 float, 2 bf16 or 4 int8.
template <Element T>
inline constexpr std::size_t k_group = 4 / sizeof(T);

} // namespace tfm
