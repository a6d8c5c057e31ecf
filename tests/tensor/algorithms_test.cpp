#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/reduce.hpp>

#include "own_layouts.hpp"

namespace {

using namespace tfm;

template <class X>
std::vector<double> values(const X& x)
{
    std::vector<double> result;
    for (auto const value : elements(tensor_detail::view_of(x)))
        result.push_back(static_cast<double>(tensor_detail::widen(value)));
    return result;
}

using Values = std::vector<double>;

TEST(Convert, RoundsAndSaturatesAsItSays)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(convert<std::int8_t>(-1.9F), -1);
    EXPECT_EQ(convert<std::int8_t>(200.0F), 127);
    EXPECT_EQ(convert<std::int8_t>(-200.0), -128);
    EXPECT_EQ(convert<std::uint8_t>(-3), 0);
    EXPECT_EQ(convert<std::int32_t>(3e9F), 2147483647);
    EXPECT_EQ(convert<std::int32_t>(-3e9F), -2147483647 - 1);
    EXPECT_EQ(convert<std::int32_t>(nan), 0);
    EXPECT_EQ(convert<std::uint8_t>(bf16(254.0F)), 254);
    // The ties of bf16 between 256 and 258, and between 258 and 260, go to the even fraction.
    EXPECT_EQ(convert<float>(convert<bf16>(257)), 256.0F);
    EXPECT_EQ(convert<float>(convert<bf16>(259.0)), 260.0F);
    EXPECT_EQ(convert<double>(std::int32_t{2147483647}), 2147483647.0);
}

/// Copies between every pair of these layouts leave each element where its index says.
TEST(Copy, TakesAnyLayouts)
{
    Tensor<float, RowMajor<>> source({3, 5});
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 5; ++j) source(i, j) = static_cast<float>(10 * i + j);
    auto const check = [&](auto&& middle) {
        copy(source, middle);
        EXPECT_EQ(static_cast<double>(tensor_detail::widen(middle(2, 3))), 23.0);
        Tensor<double, Padded<3, 5>> back;
        copy(middle, back);
        EXPECT_EQ(values(back), values(source));
    };
    check(Tensor<bf16, Padded<>>({3, 5}));
    check(Tensor<std::int8_t, Packed<>>({3, 5}));
    check(Tensor<float, Packed<3, 5>>());
    check(Tensor<std::uint8_t, ColumnMajor<3, 5>>());
    check(Tensor<std::int32_t, Blocked>(Blocked(3, 5)));
    check(Tensor<double, Dense<3, dyn>>({3, 5}));
    Tensor<float, RowMajor<5, 3>> turned;
    check(transpose(turned.view()));
    EXPECT_EQ(turned(3, 2), 23.0F);
    Tensor<float, Strided<>> wide({3, 5, 9});
    fill(View(wide.data(), Vec<>(wide.size())), -1);
    check(wide.view());
    EXPECT_EQ(wide.data()[5], -1.0F) << "beside the rows";
    EXPECT_THROW(copy(source, turned), tfm::Error);
}

TEST(Arithmetic, IsDoneElementByElement)
{
    Tensor<float, Padded<2, 3>> a;
    Tensor<bf16, RowMajor<2, 3>> b;
    fill(a, 3);
    fill(b, 0.5F);
    a(1, 2) = 10;
    Tensor<double, RowMajor<2, 3>> out;
    add(a, b, out);
    EXPECT_EQ(values(out), (Values{3.5, 3.5, 3.5, 3.5, 3.5, 10.5}));
    sub(a, b, a); // in place
    EXPECT_EQ(values(a), (Values{2.5, 2.5, 2.5, 2.5, 2.5, 9.5}));
    mul(a, a, out);
    EXPECT_EQ(values(out), (Values{6.25, 6.25, 6.25, 6.25, 6.25, 90.25}));
    scale(out, 2, transpose(transpose(out.view())));
    EXPECT_EQ(values(out)[5], 180.5);
    map(a, b, [](float x) { return std::sqrt(x * 10); });
    EXPECT_EQ(values(b)[0], 5.0);
    zip(a, b, a, [](float x, float y) { return x > 5 ? x : y; });
    EXPECT_EQ(values(a), (Values{5, 5, 5, 5, 5, 9.5}));
    EXPECT_EQ(a.data()[3], 0.0F) << "padding stays zero";

    Tensor<std::int8_t, Vec<2>> small;
    fill(small, 100);
    add(small, small, small);
    EXPECT_EQ(values(small), (Values{127, 127}));
    Tensor<float, Vec<2>> halves;
    fill(halves, 0.5F);
    add(small, halves, halves);
    EXPECT_EQ(values(halves), (Values{127.5, 127.5}));
    scale(small, 0.1F, small);
    EXPECT_EQ(values(small), (Values{12, 12}));
    EXPECT_FALSE(equal(small, halves));
    Tensor<std::int32_t, Vec<2>> large;
    fill(large, 2147483647);
    mul(large, large, large);
    EXPECT_EQ(values(large), (Values{2147483647, 2147483647}));
}

TEST(Rows, AreJoinedAndGathered)
{
    Tensor<float, RowMajor<2, 2>> a;
    Tensor<bf16, Padded<1, 2>> b;
    fill(a, 1);
    fill(b, 2);
    Tensor<float, Padded<3, 2>> out;
    concat_rows(out, a, b.view());
    EXPECT_EQ(values(out), (Values{1, 1, 1, 1, 2, 2}));
    EXPECT_THROW(concat_rows(out, a, a), tfm::Error);

    std::array<int, 3> const picked{2, 0, 2};
    Tensor<double, RowMajor<3, 2>> gathered;
    gather_rows(out, std::span(picked), gathered);
    EXPECT_EQ(values(gathered), (Values{2, 2, 1, 1, 2, 2}));
    std::array<int, 3> const beyond{0, 1, 3};
    EXPECT_THROW(gather_rows(out, std::span(beyond), gathered), tfm::Error);
    std::array<int, 3> const negative{0, -1, 1};
    EXPECT_THROW(gather_rows(out, std::span(negative), gathered), tfm::Error);
}

TEST(Reductions, AreOfAllElementsOrOfEachRow)
{
    Tensor<float, Padded<2, 40>> x;
    for (std::size_t j = 0; j < 40; ++j) {
        x(0, j) = static_cast<float>(j);
        x(1, j) = j == 7 ? 50.0F : -1.0F;
    }
    EXPECT_EQ(sum(x), 780.0 + 50 - 39);
    EXPECT_EQ(mean(x), 791.0 / 80);
    EXPECT_EQ(max(x), 50.0F);
    EXPECT_EQ(sum(transpose(x.view())), 791.0);
    EXPECT_NEAR(norm(rows<1>(x.view(), 1)), std::sqrt(2500.0 + 39), 1e-5);
    Tensor<double, Vec<2>> out;
    sum_rows(x, out);
    EXPECT_EQ(values(out), (Values{780, 11}));
    mean_rows(x, out);
    EXPECT_EQ(values(out), (Values{19.5, 11.0 / 40}));
    max_rows(x, out);
    EXPECT_EQ(values(out), (Values{39, 50}));
    norm_rows(x, out);
    EXPECT_NEAR(out(0), std::sqrt(39.0 * 40 * 79 / 6), 1e-5);
    Tensor<std::int32_t, Vec<>> places(Vec<>(2));
    argmax_rows(x, places);
    EXPECT_EQ(values(places), (Values{39, 7}));
    Tensor<float, Dense<40>> columns;
    max_rows(transpose(x.view()), columns);
    EXPECT_EQ(columns(7), 50.0F);
    x(1, 3) = std::numeric_limits<float>::quiet_NaN();
    argmax_rows(x, places);
    EXPECT_EQ(places(1), 3);
    EXPECT_TRUE(std::isnan(max(x)));
    Tensor<double, Vec<3>> other;
    EXPECT_THROW(sum_rows(x, other), tfm::Error);
    EXPECT_THROW(static_cast<void>(max(Tensor<float, Vec<>>())), tfm::Error);
}

TEST(Reductions, OfManyFloatsStayPrecise)
{
    Tensor<float, Vec<>> x(Vec<>(3'000'001));
    fill(x, 0.1F); // whose sum in one float would be off by a percent
    // 39 additions of floats to each, within half a unit in the last place.
    EXPECT_NEAR(sum(x), 3'000'001 * static_cast<double>(0.1F), 300'000 * 39 * 6e-8);
    Tensor<std::uint8_t, Vec<>> bytes(Vec<>(3'000'001));
    fill(bytes, 255);
    EXPECT_EQ(sum(bytes), 765'000'255);
}

TEST(Allclose, ReportsTheWorstElement)
{
    Tensor<float, RowMajor<2, 3>> a;
    Tensor<double, Padded<2, 3>> b;
    fill(a, 1);
    fill(b, 1.000001);
    EXPECT_TRUE(allclose(a, b));
    EXPECT_FALSE(allclose(a, b, {.relative = 1e-7}));
    EXPECT_FALSE(equal(a, b));
    b(0, 1) = 1.5;
    b(1, 2) = 3;
    auto const found = allclose(a, b);
    EXPECT_FALSE(found);
    EXPECT_EQ(found.report(), "2 elements differ, most of all (1, 2): 1.000000 and 3.000000");
    a(1, 0) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(allclose(a, b).worst[1], 0U);
    EXPECT_FALSE(equal(a, a));
    fill(a, std::numeric_limits<float>::infinity());
    EXPECT_TRUE(allclose(a, a) && equal(a, a));
}

// The first numbers of SplitMix64 from seed 1234567, as widely published.
TEST(Random, BitsAreThoseOfSplitMix64)
{
    SplitMix64 bits(1234567);
    for (std::uint64_t const expected :
         {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U})
        EXPECT_EQ(bits(), expected);
}

TEST(Random, ElementsAreDistributedAsTheyShould)
{
    constexpr std::size_t count = 200'000;
    Tensor<float, Vec<>> x{Vec<>(count)};
    random_normal(x, 1, 2.0F, 3.0F);
    EXPECT_NEAR(mean(x), 2, 0.03);
    std::array<double, 4> const points{-2.5, -1, 0.3, 1.7};
    for (double const point : points) {
        double below = 0;
        for (float const value : elements(x.view())) below += (value - 2.0) / 3 < point ? 1 : 0;
        double const expected = std::erfc(-point / std::sqrt(2.0)) / 2;
        // Five standard deviations of the share.
        EXPECT_NEAR(below / count, expected, 5 * std::sqrt(expected * (1 - expected) / count))
            << point;
    }
    random_uniform(x, 1, -1.0F, 3.0F);
    EXPECT_NEAR(mean(x), 1, 0.02);
    EXPECT_LT(max(x), 3.0F);
    double fourths = 0;
    for (float const value : elements(x.view())) fourths += value < 0 ? 1 : 0;
    EXPECT_NEAR(fourths / count, 0.25, 0.005);

    Tensor<float, RowMajor<3, 4>> one;
    Tensor<float, Padded<3, 4>> other;
    random_normal(one, 7);
    random_normal(other, 7);
    EXPECT_TRUE(equal(one, other));
    random_normal(other, 8);
    EXPECT_FALSE(equal(one, other));
}

} // namespace
