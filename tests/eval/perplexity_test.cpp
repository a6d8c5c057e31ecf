/// \file
/// Losses, perplexity and its intervals against PyTorch, numpy and scipy, and where they are known.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/eval/logit_row.hpp>
#include <tfm/eval/perplexity.hpp>

#include "../kernels/error_message.hpp"
#include "library_case.hpp"

namespace {

using namespace tfm;
using tfm::test::error_message;
using tfm_test::LibraryCase;

/// The losses of the rows of a case.
std::vector<double> losses_of(const LibraryCase& rows, std::span<const float> logits)
{
    std::vector<double> losses;
    for (std::size_t i = 0; i < rows.tokens.size(); ++i)
        losses.push_back(LogitRow(logits.subspan(i * rows.vocab, rows.vocab)).loss(rows.tokens[i]));
    return losses;
}

void expect_interval(const Estimate& found, const nlohmann::json& expected, double tolerance)
{
    ASSERT_TRUE(found.interval.has_value());
    EXPECT_NEAR(found.interval->low, expected[0].get<double>(), tolerance);
    EXPECT_NEAR(found.interval->high, expected[1].get<double>(), tolerance);
}

TEST(LogitRow, GivesEqualLogitsEqualProbabilities)
{
    for (float const logit : {0.0F, -3.5F, 30000.0F, -30000.0F}) {
        std::vector<float> const logits(8, logit);
        EXPECT_NEAR(LogitRow(logits).loss(7), std::log(8.0), 1e-11) << logit;
    }
}

TEST(LogitRow, RefusesWhatIsNoNumberAndNoToken)
{
    std::vector<float> logits(5);
    auto const message = [&] { return error_message([&] { LogitRow const row(logits); }); };
    EXPECT_EQ(message(), "");
    for (float const bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          -std::numeric_limits<float>::infinity()}) {
        logits[3] = bad;
        EXPECT_NE(message().find("logit 3: expected a finite number, found "), std::string::npos);
    }
    logits.clear();
    EXPECT_NE(message().find("found none"), std::string::npos);
    logits.resize(5);
    for (std::int32_t const token : {-1, 5})
        EXPECT_NE(error_message([&] { LogitRow(logits).loss(token); }).find("0 to 4"),
                  std::string::npos);
}

TEST(Perplexity, EqualsPyTorchsWithIntervalsOfNumpyFromTheSameBlocks)
{
    for (LibraryCase const& rows : tfm_test::library_cases()) {
        auto const reference = losses_of(rows, rows.reference);
        auto const candidate = losses_of(rows, rows.candidate);
        std::vector<Estimate> const found{perplexity(reference), perplexity(candidate)};
        for (std::size_t i = 0; i < 2; ++i) {
            double const expected = rows.expected["perplexities"][i];
            EXPECT_NEAR(found[i].value, expected, 1e-11 * expected);
            expect_interval(found[i], rows.expected["perplexity_intervals"][i], 1e-11 * expected);
        }
        Estimate const ratio = perplexity_ratio(reference, candidate);
        EXPECT_NEAR(ratio.value, rows.expected["ratio"], 1e-11);
        expect_interval(ratio, rows.expected["ratio_interval"], 1e-11);
    }
}

TEST(Perplexity, HasAnIntervalAsWideAsScipys)
{
    LibraryCase const rows = tfm_test::library_cases().front();
    auto const expected = rows.expected["ratio_interval_of_scipy"];
    double const width = expected[1].get<double>() - expected[0].get<double>();
    Estimate const ratio =
        perplexity_ratio(losses_of(rows, rows.reference), losses_of(rows, rows.candidate));
    // With 2000 resamples the ends scatter by 1.5 % of the width.
    expect_interval(ratio, expected, 0.05 * width);
}

TEST(Perplexity, RefusesNothingAndUnequalTexts)
{
    std::vector<double> const losses{1.0, 2.0};
    EXPECT_NE(error_message([] { perplexity({}); }).find("found none"), std::string::npos);
    EXPECT_NE(error_message([&] {
                  perplexity_ratio(losses, std::span(losses).first(1));
              }).find("found 2 of the reference and 1 of the candidate"),
              std::string::npos);
}

TEST(BootstrapMean, OfTwoBlocksReachesFromOneToTheOther)
{
    // A quarter of the resamples is the first block twice, another the second.
    auto const interval = bootstrap_mean(std::vector{1.0, 2.0, 5.0, 9.0}, {.block = 2});
    ASSERT_TRUE(interval.has_value());
    EXPECT_EQ(interval->low, 1.5);
    EXPECT_EQ(interval->high, 7.0);
}

TEST(BootstrapMean, OfEqualValuesIsThatValue)
{
    auto const interval = bootstrap_mean(std::vector(1000, 0.75));
    ASSERT_TRUE(interval.has_value());
    EXPECT_EQ(interval->low, 0.75);
    EXPECT_EQ(interval->high, 0.75);
}

TEST(BootstrapMean, WidensWithConfidenceAndIsSettledByItsSeed)
{
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) values.push_back(i * 7919 % 1009);
    auto const wide = bootstrap_mean(values, {.confidence = 0.99});
    auto const narrow = bootstrap_mean(values, {.confidence = 0.5});
    EXPECT_LT(wide->low, narrow->low);
    EXPECT_LT(narrow->high, wide->high);
    EXPECT_EQ(bootstrap_mean(values, {.seed = 7})->low, bootstrap_mean(values, {.seed = 7})->low);
    EXPECT_NE(bootstrap_mean(values, {.seed = 7})->low, bootstrap_mean(values, {.seed = 8})->low);
}

TEST(BootstrapMean, NeedsTwoBlocks)
{
    EXPECT_FALSE(bootstrap_mean({}).has_value());
    EXPECT_FALSE(bootstrap_mean(std::vector(64, 1.0)).has_value());
    EXPECT_TRUE(bootstrap_mean(std::vector(65, 1.0)).has_value());
}

TEST(BootstrapMean, RefusesWhatMakesNoSense)
{
    std::vector<double> values(100, 1.0);
    auto const message = [&](const BootstrapOptions& options) {
        return error_message([&] { bootstrap_mean(values, options); });
    };
    EXPECT_NE(message({.block = 0}).find("at least 1"), std::string::npos);
    EXPECT_NE(message({.resamples = 0}).find("at least 1"), std::string::npos);
    for (double const confidence : {0.0, 1.0, std::nan("")})
        EXPECT_NE(message({.confidence = confidence}).find("between 0 and 1"), std::string::npos);
    values[50] = std::nan("");
    EXPECT_NE(message({}).find("finite"), std::string::npos);
}

} // namespace
