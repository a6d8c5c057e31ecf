#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <tfm/simd/vec.hpp>

#include "largest_ulp.hpp"

namespace {

using namespace tfm;
using simd::lanes;
using simd::vec;

/// 1, 2, 3 ... in a buffer of exactly `count` floats, so that the address sanitizer sees a read or
/// write beyond it.
std::unique_ptr<float[]> counting(std::size_t count)
{
    auto values = std::make_unique<float[]>(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
    return values;
}

using test::lanes_of;

TEST(Vec, LoadsAndStoresUnaligned)
{
    auto const from = counting(lanes + 1);
    auto const to = std::make_unique<float[]>(lanes + 1);
    simd::store(to.get() + 1, simd::load(from.get() + 1));
    EXPECT_EQ(to[0], 0.0F);
    EXPECT_TRUE(std::equal(from.get() + 1, from.get() + lanes + 1, to.get() + 1));
}

TEST(Vec, PartialLoadsReadOnlyWhatExistsAndFillWithZeros)
{
    for (std::size_t count = 0; count < lanes; ++count) {
        auto const from = counting(count);
        auto const values = lanes_of(simd::load_partial(from.get(), count));
        for (std::size_t i = 0; i < lanes; ++i)
            EXPECT_EQ(values[i], i < count ? static_cast<float>(i + 1) : 0.0F) << count;
    }
}

TEST(Vec, PartialStoresWriteOnlyWhatExists)
{
    auto const all = counting(lanes);
    for (std::size_t count = 0; count < lanes; ++count) {
        auto const exact = std::make_unique<float[]>(count);
        simd::store_partial(exact.get(), simd::load(all.get()), count);
        EXPECT_TRUE(std::equal(exact.get(), exact.get() + count, all.get())) << count;
    }
}

TEST(Vec, ReducesEveryLane)
{
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        auto values = counting(lanes);
        for (std::size_t i = 0; i < lanes; ++i) values[i] = -values[i];
        values[lane] = 100.0F;
        std::size_t const others = lanes * (lanes + 1) / 2 - (lane + 1);
        EXPECT_EQ(simd::reduce_add(simd::load(values.get())), 100.0F - static_cast<float>(others));
        EXPECT_EQ(simd::reduce_max(simd::load(values.get())), 100.0F);
        values[lane] = std::numeric_limits<float>::infinity();
        EXPECT_EQ(simd::reduce_max(simd::load(values.get())), values[lane]);
    }
    float const lowest = -std::numeric_limits<float>::infinity();
    EXPECT_EQ(simd::reduce_max(simd::broadcast(lowest)), lowest);
}

TEST(Vec, ForEachVecVisitsEachElementOnce)
{
    for (std::size_t count = 0; count <= 4 * lanes + 1; ++count) {
        auto const from = counting(count);
        auto const to = std::make_unique<float[]>(count);
        simd::for_each_vec(count, [&](std::size_t i, auto load, auto store) {
            store(to.get() + i, load(to.get() + i) + load(from.get() + i));
        });
        EXPECT_TRUE(std::equal(from.get(), from.get() + count, to.get())) << count;
    }
}

TEST(Vec, HasTheArithmeticOfFloat)
{
    vec const a = simd::broadcast(3.0F);
    vec const b = simd::broadcast(-0.5F);
    vec sum = a;
    sum += b;
    vec product = a;
    product *= b;
    for (auto const& [result, expected] :
         {std::pair{a + b, 2.5F}, std::pair{a - b, 3.5F}, std::pair{a * b, -1.5F},
          std::pair{a / b, -6.0F}, std::pair{-a, -3.0F}, std::pair{sum, 2.5F},
          std::pair{product, -1.5F}, std::pair{simd::fma(a, b, a), 1.5F},
          std::pair{simd::max(a, b), 3.0F}, std::pair{simd::max(b, a), 3.0F},
          std::pair{simd::min(a, b), -0.5F}, std::pair{simd::min(b, a), -0.5F},
          std::pair{simd::abs(a), 3.0F}, std::pair{simd::abs(b), 0.5F}}) {
        for (float const lane : lanes_of(result)) EXPECT_EQ(lane, expected);
    }
}

TEST(Vec, BoundsWhatIsNoNumberByNaN)
{
    vec const bound = simd::broadcast(1.0F);
    vec const nan = simd::broadcast(std::numeric_limits<float>::quiet_NaN());
    for (float const lane : lanes_of(simd::min(bound, nan))) EXPECT_TRUE(std::isnan(lane));
    for (float const lane : lanes_of(simd::max(bound, nan))) EXPECT_TRUE(std::isnan(lane));
}

TEST(Vec, MakesExponentsOfLowBits)
{
    for (std::uint32_t exponent = 0; exponent < 512; ++exponent) {
        float const v = std::bit_cast<float>(0x4B400000U + exponent);
        for (float const lane : lanes_of(simd::low_bits_to_exponent(simd::broadcast(v))))
            EXPECT_EQ(std::bit_cast<std::uint32_t>(lane), exponent << 23);
    }
}

} // namespace
