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
          std::pair{simd::max(a, b), 3.0F}, std::pair{simd::max(b, a), 3.0F}}) {
        for (float const lane : lanes_of(result)) EXPECT_EQ(lane, expected);
    }
}

double exact_exp(double x) { return std::exp(x); }
double exact_erfc(double x) { return std::erfc(x); }

// Where exp is a normal float. Below, it may become zero, which costs at most the smallest normal.
TEST(VecMath, ExpIsWithinTwoUnitsInTheLastPlace)
{
    auto const largest = test::largest_ulp(-87.3F, 88.3F, 1009, simd::exp, exact_exp);
    RecordProperty("largest_ulp", largest.text());
    EXPECT_LE(largest.ulp, 2.0) << largest.text();
}

TEST(VecMath, ExpVanishesBelowAndOverflowsAbove)
{
    constexpr float lowest = std::numeric_limits<float>::lowest();
    for (test::FloatRange floats(lowest, -87.3F, 100'003); !floats.done();) {
        float const x = floats.next();
        float const y = lanes_of(simd::exp(simd::broadcast(x)))[0];
        ASSERT_NEAR(y, std::exp(x), std::numeric_limits<float>::min()) << x;
    }
    float const infinity = std::numeric_limits<float>::infinity();
    for (float const x : {88.8F, 100.0F, 1e10F, 3e38F, infinity})
        EXPECT_EQ(lanes_of(simd::exp(simd::broadcast(x)))[0], infinity) << x;
    EXPECT_EQ(lanes_of(simd::exp(simd::broadcast(-infinity)))[0], 0.0F);
    EXPECT_EQ(lanes_of(simd::exp(simd::broadcast(0.0F)))[0], 1.0F);
    EXPECT_EQ(lanes_of(simd::exp(simd::broadcast(-0.0F)))[0], 1.0F);
    for (float const x : {1e-45F, -1e-45F, 1e-38F})
        EXPECT_EQ(lanes_of(simd::exp(simd::broadcast(x)))[0], 1.0F) << x;
    float const nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(lanes_of(simd::exp(simd::broadcast(nan)))[0]));
}

TEST(VecMath, ErfcKeepsItsRelativeAccuracy)
{
    auto const left = test::largest_ulp(-20.0F, 0.5F, 1009, simd::erfc, exact_erfc);
    auto const right = test::largest_ulp(0.5F, 9.0F, 101, simd::erfc, exact_erfc);
    RecordProperty("largest_ulp_to_half", left.text());
    RecordProperty("largest_ulp_from_half", right.text());
    EXPECT_LE(left.ulp, 8.0) << left.text();
    EXPECT_LE(right.ulp, 100.0) << right.text();
}

TEST(VecMath, ErfcSaturates)
{
    float const infinity = std::numeric_limits<float>::infinity();
    for (float const x : {10.1F, 11.0F, 100.0F, 1e10F, 3e38F, infinity}) {
        EXPECT_NEAR(lanes_of(simd::erfc(simd::broadcast(x)))[0], 0.0F,
                    std::numeric_limits<float>::min())
            << x;
        EXPECT_EQ(lanes_of(simd::erfc(simd::broadcast(-x)))[0], 2.0F) << x;
    }
}

} // namespace
