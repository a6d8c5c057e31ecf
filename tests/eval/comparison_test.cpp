/// \file
/// What is said of two models' logits, against numpy, scipy and PyTorch, and where it is known.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/eval/comparison.hpp>
#include <tfm/eval/perplexity.hpp>

#include "../kernels/error_message.hpp"
#include "library_case.hpp"

namespace {

using namespace tfm;
using tfm::test::error_message;
using tfm_test::LibraryCase;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

MagnitudeHistogram histogram_of(const std::vector<float>& values)
{
    MagnitudeHistogram histogram;
    for (float const value : values) histogram.add(value);
    return histogram;
}

TEST(MagnitudeHistogram, IsAsCloseAsItSaysOverAllMagnitudes)
{
    std::mt19937 random(1);
    std::uniform_real_distribution<float> exponent(-125.0F, 127.0F);
    std::vector<float> values(20001);
    for (float& value : values) value = std::exp2(exponent(random));
    MagnitudeHistogram const histogram = histogram_of(values);
    EXPECT_EQ(histogram.count(), values.size());
    std::sort(values.begin(), values.end());
    for (std::size_t i = 1; i <= 100; ++i) {
        double const q = static_cast<double>(i) / 100.0;
        double const exact =
            values[static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1];
        EXPECT_NEAR(histogram.quantile(q), exact, MagnitudeHistogram::relative_error * exact);
    }
}

TEST(MagnitudeHistogram, TakesEveryFloat)
{
    EXPECT_EQ(histogram_of({0.0F, -0.0F, 1e-45F}).quantile(1.0), 0.0);
    EXPECT_EQ(histogram_of({1.0F, infinity, -infinity}).quantile(0.5), HUGE_VAL);
    EXPECT_EQ(histogram_of({nan, 0.0F, nan}).quantile(0.3), 0.0);
    EXPECT_TRUE(std::isnan(histogram_of({nan, infinity, -nan}).quantile(1.0)));
    EXPECT_NEAR(histogram_of({-2.0F, 1.0F}).quantile(0.5), 1.0, 0x1p-10); // the lower of two
    EXPECT_NEAR(histogram_of({0.0F, 3.0F}).quantile(1.0), 3.0, 3 * 0x1p-10);
    EXPECT_EQ(histogram_of({0.0F, 3.0F}).quantile(0.0), 0.0);
}

TEST(MagnitudeHistogram, RefusesWhatHasNoQuantile)
{
    EXPECT_NE(error_message([] { MagnitudeHistogram().quantile(0.5); }), "");
    for (double const q : {-0.1, 1.1, std::nan("")})
        EXPECT_NE(error_message([&] { histogram_of({1.0F}).quantile(q); }), "");
}

TEST(LogitDrift, OfEqualRowsIsZero)
{
    std::vector<float> const row{1.0F, 1.0F};
    LogitDrift drift;
    drift.add(row, row);
    EXPECT_EQ(drift.reference_deviation(), 0.0);
    for (DifferenceSummary const& summary : {drift.absolute(), drift.relative()})
        EXPECT_EQ(std::max({summary.mean, summary.median, summary.max}), 0.0);
}

TEST(LogitDrift, KeepsItsDigitsFarFromZero)
{
    // Deviations of 1 from 2^20: squares summed up would have lost them in single precision.
    std::vector<float> const reference{0x1p20F - 1.0F, 0x1p20F + 1.0F};
    std::vector<float> const candidate{0x1p20F - 1.0F, 0x1p20F + 5.0F};
    LogitDrift drift;
    for (int i = 0; i < 1000; ++i) drift.add(reference, candidate);
    EXPECT_NEAR(drift.reference_deviation(), 1.0, 1e-12);
    EXPECT_EQ(drift.absolute().mean, 2.0);
    EXPECT_EQ(drift.absolute().median, 0.0);
    EXPECT_NEAR(drift.relative().max, 4.0, 1e-11);
    EXPECT_EQ(drift.count(), 2000U);
}

TEST(ModelComparison, AddsNothingOfRowsThatItRefuses)
{
    std::vector<float> const good{1.0F, 2.0F, 3.0F};
    std::vector<float> const other{1.0F, 2.0F, nan};
    ModelComparison comparison;
    auto const message = [&](std::span<const float> a, std::span<const float> b,
                             std::int32_t token) {
        return error_message([&] { comparison.add(a, b, token); });
    };
    EXPECT_NE(message(good, other, 0).find("logit 2"), std::string::npos);
    EXPECT_NE(message(other, good, 0).find("found nan"), std::string::npos);
    EXPECT_NE(message(good, std::span(good).first(2), 0).find("3 of the reference and 2"),
              std::string::npos);
    EXPECT_NE(message(good, good, 3).find("token id 3"), std::string::npos);
    EXPECT_NE(message({}, {}, 0), "");
    EXPECT_EQ(comparison.tokens(), 0U);
    EXPECT_EQ(comparison.drift().count(), 0U);
    EXPECT_EQ(message(good, good, 0), "");
    EXPECT_EQ(comparison.kl_max(), 0.0);
    EXPECT_EQ(comparison.top1_agreement() + comparison.top5_agreement(), 2.0);
}

TEST(TopAgreement, CountsWhatIsSharedAndPrefersSmallerIds)
{
    std::vector<float> const a{5, 4, 3, 2, 1, 0};
    std::vector<float> const b{5, 0, 3, 3, 3, 3};
    std::vector<float> const equal(6, 1.0F);
    EXPECT_EQ(top_agreement(LogitRow(a), LogitRow(b), 1), 1.0);
    EXPECT_EQ(top_agreement(LogitRow(a), LogitRow(b), 2), 0.5); // 0 and 1 beside 0 and 2
    EXPECT_EQ(top_agreement(LogitRow(a), LogitRow(b), 5), 0.8); // without 1
    EXPECT_EQ(top_agreement(LogitRow(a), LogitRow(b), 100), 1.0);
    EXPECT_EQ(top_agreement(LogitRow(a), LogitRow(equal), 3), 1.0);
    EXPECT_NE(error_message([&] { top_agreement(LogitRow(a), LogitRow(b), 0); }), "");
}

TEST(ModelComparison, EqualsNumpyAndPyTorch)
{
    for (LibraryCase const& rows : tfm_test::library_cases()) {
        ModelComparison comparison;
        for (std::size_t i = 0; i < rows.tokens.size(); ++i)
            comparison.add(rows.reference_row(i), rows.candidate_row(i), rows.tokens[i]);
        auto const& expected = rows.expected;
        EXPECT_EQ(comparison.tokens(), rows.tokens.size());
        EXPECT_NEAR(comparison.kl_mean(), expected["kl_mean"], 1e-13);
        EXPECT_NEAR(comparison.kl_max(), expected["kl_max"], 1e-13);
        EXPECT_NEAR(comparison.top1_agreement(), expected["top1"], 1e-12);
        EXPECT_NEAR(comparison.top5_agreement(), expected["top5"], 1e-12);
        double const deviation = expected["deviation"];
        EXPECT_NEAR(comparison.drift().reference_deviation(), deviation, 1e-12 * deviation);
        DifferenceSummary const found = comparison.drift().absolute();
        auto const& difference = expected["difference"];
        EXPECT_NEAR(found.mean, difference[0], 1e-13);
        EXPECT_NEAR(found.median, difference[1],
                    MagnitudeHistogram::relative_error * difference[1].get<double>());
        EXPECT_EQ(found.max, difference[2]);
        DifferenceSummary const relative = comparison.drift().relative();
        EXPECT_NEAR(relative.mean, found.mean / deviation, 1e-12);
        EXPECT_NEAR(relative.median, found.median / deviation, 1e-12);
        EXPECT_NEAR(perplexity(comparison.candidate_losses()).value, expected["perplexities"][1],
                    1e-10 * expected["perplexities"][1].get<double>());
    }
}

} // namespace
