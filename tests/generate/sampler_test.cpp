/// \file
/// The sampler's distribution against probabilities worked out here from the definitions.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/sampler.hpp>

namespace {

using tfm::GenerateOptions;
using tfm::Sampler;

const std::vector<float> logits{1.5F, -0.3F, 2.1F, 0.0F, 2.0F, -4.0F, 1.5F};

/// softmax(logits / temperature), cut to the k most likely and what is as likely as the last of
/// them, renormalised, cut to the fewest that reach p, renormalised: the order in which
/// transformers applies its warpers.
std::vector<double> expected_probabilities(double temperature, std::size_t top_k, double top_p)
{
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    std::size_t count = top_k == 0 ? order.size() : std::min(top_k, order.size());
    while (count < order.size() && logits[order[count]] == logits[order[count - 1]]) ++count;
    order.resize(count);
    auto const weight = [&](std::size_t token) {
        return std::exp(static_cast<double>(logits[token]) / temperature);
    };
    double sum = 0.0;
    for (std::size_t const token : order) sum += weight(token);
    std::vector<double> probabilities(logits.size());
    double reached = 0.0;
    double kept = 0.0;
    for (std::size_t const token : order) {
        if (reached >= top_p) break;
        probabilities[token] = weight(token);
        kept += weight(token);
        reached += weight(token) / sum;
    }
    for (double& p : probabilities) p /= kept;
    return probabilities;
}

TEST(Sampler, DrawsFromTheStatedDistribution)
{
    struct Case {
        float temperature;
        std::size_t top_k;
        float top_p;
    };
    constexpr std::size_t draws = 40000;
    for (Case const& c : {Case{1.0F, 0, 1.0F}, Case{0.7F, 0, 1.0F}, Case{1.3F, 3, 1.0F},
                          Case{1.0F, 0, 0.6F}, Case{0.8F, 4, 0.85F}, Case{1.0F, 100, 0.05F}}) {
        GenerateOptions const options{
            .temperature = c.temperature, .top_k = c.top_k, .top_p = c.top_p, .seed = 7};
        Sampler sampler(options, logits.size());
        std::vector<std::size_t> counts(logits.size());
        for (std::size_t i = 0; i < draws; ++i) {
            ++counts[static_cast<std::size_t>(sampler.sample(logits))];
        }
        auto const expected = expected_probabilities(static_cast<double>(c.temperature), c.top_k,
                                                     static_cast<double>(c.top_p));
        for (std::size_t token = 0; token < logits.size(); ++token) {
            double const p = expected[token];
            double const five_sigma = 5.0 * std::sqrt(draws * p * (1.0 - p));
            EXPECT_NEAR(static_cast<double>(counts[token]), draws * p, five_sigma)
                << "token " << token << ", temperature " << c.temperature << ", top_k " << c.top_k
                << ", top_p " << c.top_p;
        }
    }
}

TEST(Sampler, ZeroTemperatureTakesTheFirstMostLikely)
{
    GenerateOptions const options{.temperature = 0.0F};
    Sampler sampler(options, 4);
    EXPECT_EQ(sampler.sample(std::vector<float>{0.0F, 3.0F, 3.0F, 1.0F}), 1);
    GenerateOptions const top_one{.top_k = 1};
    EXPECT_EQ(Sampler(top_one, 4).sample(std::vector<float>{0.0F, 3.0F, 3.0F, 1.0F}), 1);
}

TEST(Sampler, EqualSeedsDrawEqualTokens)
{
    std::vector<std::int32_t> first;
    std::vector<std::int32_t> second;
    std::vector<std::int32_t> other;
    Sampler a({.seed = 5}, logits.size());
    Sampler b({.seed = 5}, logits.size());
    Sampler c({.seed = 6}, logits.size());
    for (std::size_t i = 0; i < 100; ++i) {
        first.push_back(a.sample(logits));
        second.push_back(b.sample(logits));
        other.push_back(c.sample(logits));
    }
    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
}

TEST(Sampler, NeverDrawsMinusInfinity)
{
    constexpr float never = -std::numeric_limits<float>::infinity();
    Sampler sampler({}, 3);
    for (std::size_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(sampler.sample(std::vector<float>{never, 1.0F, never}), 1);
    }
}

TEST(Sampler, DrawsTheTokenUpToWhichProbabilitiesAddUpToMoreThanANumber)
{
    // Probabilities 1/8, 1/2, 1/8 and 1/4.
    std::vector<float> const row{0.0F, std::log(4.0F), 0.0F, std::log(2.0F)};
    Sampler sampler({}, 4);
    std::vector<std::int32_t> drawn;
    for (double const uniform : {0.0, 0.12, 0.13, 0.62, 0.63, 0.74, 0.76, 0.9999999})
        drawn.push_back(sampler.sample(row, uniform));
    EXPECT_EQ(drawn, (std::vector<std::int32_t>{0, 0, 1, 1, 2, 2, 3, 3}));
    Sampler two({.top_k = 2}, 4); // 2/3 and 1/3
    EXPECT_EQ(two.sample(row, 0.66), 1);
    EXPECT_EQ(two.sample(row, 0.67), 3);
}

TEST(Sampler, AddsWhatItDrawsToTheText)
{
    Sampler sampler({.temperature = 0.0F, .repetition_penalty = 4.0F}, 3);
    std::vector<std::int32_t> const prompt{2};
    sampler.begin(prompt);
    // 3, 2 and 4 / 4; then 3 / 4, 2 and 1; then 3 / 4, 2 / 4 and 1.
    std::vector<float> const row{3.0F, 2.0F, 4.0F};
    EXPECT_EQ(sampler.sample(row), 0);
    EXPECT_EQ(sampler.sample(row), 1);
    EXPECT_EQ(sampler.sample(row), 2);
    EXPECT_EQ(sampler.text().tokens().size(), 4U);
    EXPECT_EQ(sampler.text().generated(), 3U);
}

TEST(Sampler, TakesStepsOfTheUserAnywhere)
{
    struct Seen {
        std::vector<float> scores;
        std::vector<std::int32_t> tokens;
    } early;
    Seen late;
    auto const look = [](Seen& seen, std::size_t ban) {
        return [&seen, ban](std::span<float> scores, std::span<const std::int32_t> tokens) {
            seen.scores.assign(scores.begin(), scores.end());
            seen.tokens.assign(tokens.begin(), tokens.end());
            scores[ban] = -std::numeric_limits<float>::infinity();
        };
    };
    constexpr float never = -std::numeric_limits<float>::infinity();
    Sampler sampler({.temperature = 0.5F,
                     .top_k = 2,
                     .own_steps = {{look(late, 1), tfm::SamplingStep::draw}, {look(early, 3)}}},
                    4);
    std::vector<std::int32_t> const prompt{1, 0};
    sampler.begin(prompt);
    std::vector<float> const row{1.0F, 2.0F, 1.5F, 3.0F};
    EXPECT_EQ(sampler.sample(row), 2) << "3 was ruled out first, then 0 by top_k, then 1";
    EXPECT_EQ(early.scores, row);
    EXPECT_EQ(early.tokens, prompt);
    EXPECT_EQ(late.scores, (std::vector<float>{never, 4.0F, 3.0F, never}));
}

TEST(Sampler, GivesLogProbabilitiesOfTheModelsOwnLogits)
{
    double sum = 0.0;
    for (float const logit : logits) sum += std::exp(static_cast<double>(logit));
    auto const log_prob = [&](std::size_t i) {
        return static_cast<double>(logits[i]) - std::log(sum);
    };
    Sampler sampler({.temperature = 0.3F, .top_k = 1, .logprobs = 3}, logits.size());
    EXPECT_EQ(sampler.sample(logits), 2);
    EXPECT_NEAR(static_cast<double>(sampler.log_probs().log_prob()), log_prob(2), 1e-6);
    auto const likeliest = sampler.log_probs().likeliest();
    ASSERT_EQ(likeliest.size(), 3U);
    std::vector<std::size_t> const expected{2, 4, 0}; // 0 and 6 are as likely
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(likeliest[i].token, static_cast<std::int32_t>(expected[i]));
        EXPECT_NEAR(static_cast<double>(likeliest[i].log_prob), log_prob(expected[i]), 1e-6);
    }
    Sampler chosen({.logprobs = 0}, logits.size());
    auto const token = static_cast<std::size_t>(chosen.sample(logits));
    EXPECT_NEAR(static_cast<double>(chosen.log_probs().log_prob()), log_prob(token), 1e-6);
    EXPECT_TRUE(chosen.log_probs().likeliest().empty());
}

TEST(Sampler, RefusesWhatItCannotDrawFrom)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(Sampler({.temperature = -1.0F}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.temperature = nan}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.top_p = 0.0F}, 3), tfm::Error);
    EXPECT_THROW(Sampler({.top_p = 1.5F}, 3), tfm::Error);
    Sampler sampler({}, 3);
    EXPECT_THROW(sampler.sample(std::vector<float>{0.0F, nan, 1.0F}), tfm::Error);
    EXPECT_THROW(sampler.sample(std::vector<float>{}), tfm::Error);
    EXPECT_THROW(sampler.sample(std::vector<float>{1.0F, 2.0F, 3.0F, 4.0F}), tfm::Error);
    float const never = -std::numeric_limits<float>::infinity();
    EXPECT_THROW(sampler.sample(std::vector<float>{never, never, never}), tfm::Error);
    float const infinity = std::numeric_limits<float>::infinity();
    EXPECT_THROW(sampler.sample(std::vector<float>{0.0F, infinity, 1.0F}), tfm::Error);
    Sampler banned({.bad_words = {{0}, {2}}}, 3);
    EXPECT_THROW(banned.sample(std::vector<float>{0.0F, never, 1.0F}), tfm::Error);
    Sampler broken({.own_steps = {{[&](auto scores, auto) { scores[1] = nan; }}}}, 3);
    EXPECT_THROW(broken.sample(std::vector<float>{0.0F, 1.0F, 2.0F}), tfm::Error);
}

TEST(Sampler, RefusesOptionsOutOfRange)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    float const infinity = std::numeric_limits<float>::infinity();
    for (const GenerateOptions& options : std::vector<GenerateOptions>{
             {.repetition_penalty = 0.0F},
             {.presence_penalty = nan},
             {.frequency_penalty = infinity},
             {.min_p = -0.1F},
             {.min_p = 1.5F},
             {.typical_p = 0.0F},
             {.epsilon_cutoff = nan},
             {.sequence_bias = {{{}, 1.0F}}},
             {.sequence_bias = {{{3}, 1.0F}}},
             {.sequence_bias = {{{1}, infinity}}},
             {.logit_bias = {{-1, 1.0F}}},
             {.logit_bias = {{1, nan}}},
             {.bad_words = {{0, 3}}},
             {.own_steps = {{}}},
         })
        EXPECT_THROW(Sampler(options, 3), tfm::Error);
}

} // namespace
