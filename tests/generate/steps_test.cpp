/// \file
/// Each step of sampling, and the steps together, against the scores that transformers' classes
/// give.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/sampler.hpp>

#include "references.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr float never = -std::numeric_limits<float>::infinity();
constexpr std::size_t prompt_tokens = 10;

/// The cases of tools/make_sampling_references.py.
std::vector<ReferenceCase> cases()
{
    std::vector<SequenceBias> const biases{{{5}, 1.5F}, {{7, 3}, -2.0F}};
    return {
        {"sequence_bias",
         {.sequence_bias = {{{5}, 1.5F}, {{7, 3}, -2.0F}, {{1, 2, 9}, 4.0F}, {{9}, -0.25F}}}},
        {"repetition_penalty", {.repetition_penalty = 1.3F}},
        {"repetition_reward", {.repetition_penalty = 0.8F}},
        {"no_repeat_ngram_1", {.no_repeat_ngram_size = 1}},
        {"no_repeat_ngram_2", {.no_repeat_ngram_size = 2}},
        {"no_repeat_ngram_3", {.no_repeat_ngram_size = 3}},
        {"bad_words", {.bad_words = {{4}, {7, 3}, {1, 2, 9}, {96}}}},
        {"min_new_tokens", {.min_new_tokens = 31}},
        {"min_new_tokens_reached", {.min_new_tokens = 30}},
        {"temperature", {.temperature = 0.7F}},
        {"top_k", {.top_k = 12}},
        {"top_p", {.top_p = 0.8F}},
        {"top_p_low", {.top_p = 0.05F}},
        {"min_p", {.min_p = 0.1F}},
        {"typical_p", {.typical_p = 0.6F}},
        {"typical_p_high", {.typical_p = 0.95F}},
        {"epsilon_cutoff", {.epsilon_cutoff = 0.02F}},
        {"epsilon_cutoff_high", {.epsilon_cutoff = 0.9F}},
        {"usual", {.temperature = 0.8F, .top_k = 40, .top_p = 0.9F}},
        {"all",
         {.temperature = 1.3F,
          .top_k = 50,
          .top_p = 0.95F,
          .sequence_bias = biases,
          .repetition_penalty = 1.2F,
          .no_repeat_ngram_size = 2,
          .bad_words = {{4}, {7, 3}},
          .min_new_tokens = 31,
          .min_p = 0.01F,
          .typical_p = 0.9F,
          .epsilon_cutoff = 0.003F}},
    };
}

/// The score of each token, minus infinity for those that are not left.
std::vector<float> scores_of(GenerateOptions options, Token end, std::span<const Token> text,
                             std::span<const float> logits)
{
    options.end_of_text = {end};
    Sampler sampler(options, logits.size());
    std::size_t const prompt = std::min(prompt_tokens, text.size());
    sampler.begin(text.first(prompt));
    for (Token const token : text.subspan(prompt)) sampler.accept(token);
    TokenScores const& left = sampler.apply(logits);
    std::vector<float> scores(logits.size(), never);
    for (std::size_t i = 0; i < left.size(); ++i)
        scores[static_cast<std::size_t>(left.id(i))] = left.scores()[i];
    return scores;
}

void expect_equal(std::span<const float> expected, std::span<const float> found,
                  const std::string& what)
{
    ASSERT_EQ(expected.size(), found.size()) << what;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (expected[i] == never) {
            EXPECT_EQ(found[i], never) << what << ", token " << i;
        } else {
            EXPECT_NEAR(found[i], expected[i], 2e-6F * (1.0F + std::abs(expected[i])))
                << what << ", token " << i;
        }
    }
}

TEST(SamplingSteps, GiveTransformersScoresOfRandomLogits)
{
    SafeTensors const file = open_references("scores.safetensors");
    auto const logits = read_numbers<float>(file, "random.logits");
    auto const tokens = read_numbers<Token>(file, "random.tokens");
    constexpr std::size_t rows = 3;
    std::size_t const vocab = logits.size() / rows;
    std::size_t const length = tokens.size() / rows;
    for (auto const& [name, options] : cases()) {
        auto const expected = read_numbers<float>(file, "random." + name);
        ASSERT_EQ(expected.size(), logits.size()) << name;
        for (std::size_t row = 0; row < rows; ++row) {
            auto const found =
                scores_of(options, 96, std::span(tokens).subspan(row * length, length),
                          std::span(logits).subspan(row * vocab, vocab));
            expect_equal(std::span(expected).subspan(row * vocab, vocab), found,
                         name + ", row " + std::to_string(row));
        }
    }
}

TEST(SamplingSteps, GiveTransformersScoresOfAModelsLogits)
{
    SafeTensors const file = open_references("scores.safetensors");
    auto const logits = read_numbers<float>(file, "tales.logits");
    constexpr std::size_t rows = 3;
    std::size_t const vocab = logits.size() / rows;
    std::size_t compared = 0;
    for (auto const& [name, options] : cases()) {
        for (std::size_t row = 0; row < rows; ++row) {
            std::string const place = "tales." + name + "." + std::to_string(row);
            if (file.find(place + ".kept") == nullptr) continue;
            auto const kept = read_numbers<Token>(file, place + ".kept");
            auto const scores = read_numbers<float>(file, place + ".scores");
            std::vector<float> expected(vocab, never);
            for (std::size_t i = 0; i < kept.size(); ++i)
                expected[static_cast<std::size_t>(kept[i])] = scores[i];
            auto const text = read_numbers<Token>(file, "tales.tokens." + std::to_string(row));
            expect_equal(
                expected,
                scores_of(options, 4095, text, std::span(logits).subspan(row * vocab, vocab)),
                place);
            ++compared;
        }
    }
    EXPECT_GE(compared, 20U);
}

/// A text whose first token is its prompt.
TokenHistory text_of(std::size_t vocab, std::span<const Token> tokens)
{
    TokenHistory text(vocab);
    text.begin(tokens.first(1), tokens.size());
    for (Token const token : tokens.subspan(1)) text.add(token);
    return text;
}

TEST(SamplingSteps, PresenceAndFrequencyPenaltiesCountWhatWasGenerated)
{
    // score - [count > 0] presence - count * frequency, the prompt not counted.
    std::vector<float> const logits{1.0F, -2.0F, 0.5F, 3.0F, 0.0F};
    auto const text = text_of(5, std::vector<Token>{0, 1, 3, 1, 1, 9});
    std::vector<float> const counts{0, 3, 0, 1, 0};
    TokenScores scores(5);
    scores.assign(logits);
    steps::presence_penalty(scores, 0.75F, text);
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(scores.scores()[i], logits[i] - (counts[i] > 0 ? 0.75F : 0.0F)) << i;
    scores.assign(logits);
    steps::frequency_penalty(scores, 0.5F, text);
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(scores.scores()[i], logits[i] - 0.5F * counts[i]) << i;
}

TEST(SamplingSteps, ANewTextForgetsTheOneBefore)
{
    TokenHistory text(5);
    text.begin(std::vector<Token>{2}, 2);
    text.add(1);
    text.begin(std::vector<Token>{3, 3}, 2);
    EXPECT_EQ(std::vector<Token>(text.distinct().begin(), text.distinct().end()),
              std::vector<Token>{3});
    EXPECT_EQ(text.generated(), 0U);
    text.add(1);
    EXPECT_EQ(text.times_generated(1), 1U);
}

TEST(SamplingSteps, LogitBiasIsAddedToTokens)
{
    TokenScores scores(3);
    scores.assign(std::vector<float>{1.0F, 2.0F, 3.0F});
    std::vector<TokenBias> const biases{{2, -0.5F}, {0, never}};
    steps::logit_bias(scores, biases);
    EXPECT_EQ(scores.scores()[0], never);
    EXPECT_EQ(scores.scores()[1], 2.0F);
    EXPECT_EQ(scores.scores()[2], 2.5F);
}

/// Rows long enough that blocks and several rounds of sorting matter, with many equal scores.
std::vector<float> coarse_row(std::size_t count)
{
    std::vector<float> row(count);
    for (std::size_t i = 0; i < count; ++i)
        row[i] = static_cast<float>((i * 7919 + i / 64 * 31) % 997) / 64.0F;
    return row;
}

TEST(SamplingSteps, TopKLeavesTheKMostLikelyAndTheirEquals)
{
    for (std::size_t const vocab : {1U, 63U, 64U, 1000U, 5003U}) {
        auto const row = coarse_row(vocab);
        for (std::size_t const k : {1U, 2U, 40U, 79U, 500U, 5002U, 6000U}) {
            auto sorted = row;
            std::sort(sorted.rbegin(), sorted.rend());
            float const least = sorted[std::min<std::size_t>(k, vocab) - 1];
            TokenScores scores(vocab);
            scores.assign(row);
            steps::top_k(scores, k);
            std::size_t at = 0;
            for (std::size_t i = 0; i < vocab; ++i) {
                if (row[i] < least) continue;
                ASSERT_LT(at, scores.size());
                EXPECT_EQ(scores.id(at), static_cast<Token>(i));
                EXPECT_EQ(scores.scores()[at], row[i]);
                ++at;
            }
            EXPECT_EQ(scores.size(), at) << "vocab " << vocab << ", k " << k;
        }
    }
}

TEST(SamplingSteps, TopPOfManyTokensLeavesTheFewestThatReachIt)
{
    auto const row = coarse_row(5003);
    std::vector<std::size_t> order(row.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
    double sum = 0.0;
    for (float const score : row) sum += std::exp(static_cast<double>(score));
    for (double const p : {0.03, 0.5, 0.9, 0.999}) {
        std::vector<bool> expected(row.size());
        double reached = 0.0;
        for (std::size_t i = 0; i < order.size() && reached < p; ++i) {
            expected[order[i]] = true;
            reached += std::exp(static_cast<double>(row[order[i]])) / sum;
        }
        TokenScores scores(row.size());
        scores.assign(row);
        steps::top_p(scores, static_cast<float>(p));
        std::size_t differences = 0;
        std::vector<bool> found(row.size());
        for (std::size_t i = 0; i < scores.size(); ++i)
            found[static_cast<std::size_t>(scores.id(i))] = true;
        for (std::size_t i = 0; i < row.size(); ++i)
            if (found[i] != expected[i]) ++differences;
        // The sums of single precision may end one token later or earlier.
        EXPECT_LE(differences, 1U) << p;
    }
}

TEST(SamplingSteps, ATemperatureNextToNothingLeavesTheMostLikely)
{
    for (float const sign : {1.0F, -1.0F}) {
        TokenScores scores(3);
        scores.assign(std::vector<float>{5.0F * sign, 7.0F * sign, 6.0F * sign});
        steps::temperature(scores, 1e-38F);
        ASSERT_EQ(scores.size(), 1U);
        EXPECT_EQ(scores.id(0), sign > 0.0F ? 1 : 0);
    }
}

TEST(SamplingSteps, TokensThatAreNotLeftAreNotFound)
{
    TokenScores scores(4);
    scores.assign(std::vector<float>{1.0F, 4.0F, 3.0F, 2.0F});
    EXPECT_EQ(scores.find(-1), nullptr);
    EXPECT_EQ(scores.find(4), nullptr);
    steps::top_k(scores, 2);
    EXPECT_EQ(scores.find(0), nullptr);
    EXPECT_EQ(scores.find(3), nullptr);
    ASSERT_NE(scores.find(2), nullptr);
    EXPECT_EQ(*scores.find(2), 3.0F);
    scores.ban(1);
    scores.ban(0);
    EXPECT_EQ(scores.scores()[0], never);
}

} // namespace
