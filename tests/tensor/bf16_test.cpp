#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <gtest/gtest.h>

#include <tfm/tensor/dtype.hpp>

namespace {

using tfm::bf16;

static_assert(sizeof(bf16) == 2 && std::is_trivially_copyable_v<bf16>);
static_assert(!std::is_convertible_v<float, bf16> && !std::is_convertible_v<bf16, float>);
static_assert(static_cast<float>(bf16(1.5F)) == 1.5F);

/// The value of a finite pattern by the format's definition: sign, 8 bits of exponent biased by
/// 127, 7 of fraction.
double value_of(std::uint32_t bits)
{
    double const sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
    int const exponent = static_cast<int>(bits >> 7U & 0xFFU);
    int const fraction = static_cast<int>(bits & 0x7FU);
    return sign * (exponent == 0 ? std::ldexp(fraction, -126 - 7)
                                 : std::ldexp(128 + fraction, exponent - 127 - 7));
}

bool is_finite(std::uint32_t bits) { return (bits & 0x7F80U) != 0x7F80U; }

TEST(Bf16, EveryPatternHasTheValueOfTheFormatAndComesBack)
{
    for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
        auto const value = static_cast<float>(bf16::from_bits(static_cast<std::uint16_t>(bits)));
        if (is_finite(bits)) {
            ASSERT_EQ(static_cast<double>(value), value_of(bits)) << bits;
            ASSERT_EQ(std::signbit(value), (bits & 0x8000U) != 0) << bits;
        } else if ((bits & 0x7FU) == 0) {
            ASSERT_TRUE(std::isinf(value) && std::signbit(value) == (bits == 0xFF80U)) << bits;
        } else {
            ASSERT_TRUE(std::isnan(value)) << bits;
        }
        std::uint32_t const quiet = std::isnan(value) ? bits | 0x0040U : bits;
        ASSERT_EQ(bf16(value).bits, quiet) << bits;
    }
}

/// Nearest, ties to the even pattern, of the finite |x| by comparing with the two neighbours. The
/// step after the largest finite value is infinity's place, 2^128.
std::uint32_t nearest_even(float x)
{
    double const magnitude = std::abs(static_cast<double>(x));
    std::uint32_t const below = std::bit_cast<std::uint32_t>(x) >> 16U & 0x7FFFU;
    double const low = value_of(below);
    double const high = below + 1 == 0x7F80U ? std::ldexp(1.0, 128) : value_of(below + 1);
    double const down = magnitude - low;
    double const up = high - magnitude;
    bool const goes_up = up < down || (up == down && below % 2 == 1);
    return (std::signbit(x) ? 0x8000U : 0U) | (goes_up ? below + 1 : below);
}

// All that matters about the lower half of a float is its relation to a half: below, at, above.
TEST(Bf16, RoundsToNearestEvenBetweenEveryTwoNeighbours)
{
    for (std::uint32_t upper = 0; upper <= 0xFFFFU; ++upper) {
        if (!is_finite(upper)) continue;
        for (std::uint32_t const lower :
             {0x0000U, 0x0001U, 0x3FFFU, 0x7FFFU, 0x8000U, 0x8001U, 0xC000U, 0xFFFFU}) {
            auto const x = std::bit_cast<float>(upper << 16U | lower);
            ASSERT_EQ(bf16(x).bits, nearest_even(x)) << x;
        }
    }
}

TEST(Bf16, KeepsEveryNanQuietlyAndItsSign)
{
    for (std::uint32_t const sign : {0U, 0x80000000U}) {
        for (std::uint32_t bit = 0; bit < 23; ++bit) {
            // As an integer: a float that is a signalling NaN may be quietened by being copied.
            auto const nan = std::bit_cast<float>(sign | 0x7F800000U | 1U << bit);
            auto const bits = bf16(nan).bits;
            EXPECT_TRUE(std::isnan(static_cast<float>(bf16::from_bits(bits)))) << bit;
            EXPECT_EQ(bits & 0x8040U, sign >> 16U | 0x0040U) << bit;
        }
    }
    float const infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(bf16(infinity).bits, 0x7F80U);
    EXPECT_EQ(bf16(-infinity).bits, 0xFF80U);
}

TEST(Bf16, ComparesAsItsValue)
{
    EXPECT_TRUE(bf16(0.0F) == bf16(-0.0F));
    EXPECT_TRUE(bf16(2.0F) == bf16(2.0F));
    EXPECT_FALSE(bf16(2.0F) == bf16(3.0F));
    float const nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(bf16(nan) == bf16(nan));
}

} // namespace
