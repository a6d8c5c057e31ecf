/// \file
/// Generating: why it ends, what it hands out, and that a session goes on where it stopped.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/generate.hpp>

#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = odd_shape;
using Model = Decoder<shape>;

struct Generated {
    std::vector<Token> tokens;
    StopReason reason;
};

class Generate : public ::testing::Test {
protected:
    Generated run(std::span<const Token> text, const GenerateOptions& options)
    {
        Generated result;
        result.reason = generate(model, workspace, session, text, options, [&](Token token) {
            result.tokens.push_back(token);
            return result.tokens.size() < stop_after;
        });
        return result;
    }

    Model model = random_decoder<shape>(3);
    Model::Workspace workspace{{.threads = 1}};
    Model::Session session{40};
    std::vector<Token> prompt = random_tokens<shape>(10, 4);
    std::size_t stop_after = 1000;
};

TEST_F(Generate, GreedyTakesTheMostLikelyTokenOfEachPass)
{
    auto const result = run(prompt, {.max_new_tokens = 15, .temperature = 0.0F});
    EXPECT_EQ(result.reason, StopReason::max_new_tokens);
    std::vector<Token> text = prompt;
    for (Token const token : result.tokens) {
        auto const logits = all_logits<shape>(model, text);
        auto const last = std::span(logits).last(shape.vocab);
        EXPECT_EQ(token, std::max_element(last.begin(), last.end()) - last.begin());
        text.push_back(token);
    }
    EXPECT_EQ(result.tokens.size(), 15U);
}

TEST_F(Generate, StopsWhereTheSessionIsFull)
{
    // 10 positions for the prompt, 30 for new tokens, and one more token that needs none.
    auto const result = run(prompt, {.max_new_tokens = 1000});
    EXPECT_EQ(result.reason, StopReason::context_full);
    EXPECT_EQ(result.tokens.size(), 31U);
}

TEST_F(Generate, StopsBeforeTheEndOfText)
{
    auto const all = run(prompt, {.max_new_tokens = 12, .temperature = 0.0F});
    session.rewind();
    auto const cut =
        run(prompt, {.max_new_tokens = 12, .temperature = 0.0F, .end_of_text = {all.tokens[5]}});
    EXPECT_EQ(cut.reason, StopReason::end_of_text);
    auto const first = std::find(all.tokens.begin(), all.tokens.end(), all.tokens[5]);
    EXPECT_EQ(cut.tokens, std::vector<Token>(all.tokens.begin(), first));
}

TEST_F(Generate, StopsBeforeTheFirstOfSeveralEndsOfText)
{
    auto const all = run(prompt, {.max_new_tokens = 12, .temperature = 0.0F});
    std::vector<Token> const ends{-1, all.tokens[7], 1000, all.tokens[3]};
    session.rewind();
    auto const cut = run(prompt, {.max_new_tokens = 12, .temperature = 0.0F, .end_of_text = ends});
    EXPECT_EQ(cut.reason, StopReason::end_of_text);
    auto const first =
        std::find_first_of(all.tokens.begin(), all.tokens.end(), ends.begin(), ends.end());
    EXPECT_EQ(cut.tokens, std::vector<Token>(all.tokens.begin(), first));
}

TEST_F(Generate, DrawsOnlyIdsBelowTheLimit)
{
    // A high temperature makes all tokens alike, so that each id below the limit comes up.
    for (std::size_t const limit : {1U, 20U}) {
        std::vector<bool> drawn(shape.vocab);
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            session.rewind();
            auto const result = run(
                prompt,
                {.max_new_tokens = 30, .temperature = 1e5F, .seed = seed, .vocab_limit = limit});
            for (Token const token : result.tokens) drawn[static_cast<std::size_t>(token)] = true;
        }
        for (std::size_t id = 0; id < shape.vocab; ++id) EXPECT_EQ(drawn[id], id < limit) << id;
    }
}

TEST_F(Generate, ALimitAboveTheVocabularyLimitsNothing)
{
    auto const all = run(prompt, {.max_new_tokens = 12, .seed = 3});
    session.rewind();
    auto const limited = run(prompt, {.max_new_tokens = 12, .seed = 3, .vocab_limit = 1000});
    EXPECT_EQ(limited.tokens, all.tokens);
}

TEST_F(Generate, GreedyWithALimitTakesTheMostLikelyBelowIt)
{
    constexpr std::size_t limit = 9;
    auto const result =
        run(prompt, {.max_new_tokens = 5, .temperature = 0.0F, .vocab_limit = limit});
    std::vector<Token> text = prompt;
    for (Token const token : result.tokens) {
        auto const logits = all_logits<shape>(model, text);
        auto const last = std::span(logits).last(shape.vocab).first(limit);
        EXPECT_EQ(token, std::max_element(last.begin(), last.end()) - last.begin());
        text.push_back(token);
    }
    EXPECT_EQ(result.tokens.size(), 5U);
}

TEST(GenerateOptions, ALimitByTheTokenizerSparesTheEndsOfText)
{
    GenerateOptions options{.end_of_text = {40, 3}};
    options.limit_vocab(30);
    EXPECT_EQ(options.vocab_limit, 41U);
    options.end_of_text = {-1, 3};
    options.limit_vocab(30);
    EXPECT_EQ(options.vocab_limit, 30U);
}

/// A model whose vocabulary was rounded up: the tokenizer has 1156 tokens.
constexpr DecoderShape padded_shape{
    .vocab = 1400, .context = 64, .width = 36, .heads = 3, .layers = 1, .mlp_width = 70};

TEST(GenerateText, NeverDrawsWhatTheTokenizerLacks)
{
    auto const model = random_decoder<padded_shape>(3);
    auto const tokenizer = BytePairEncoder::load(TFM_TEST_DATA "/tokenizer/shuffled");
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        // So high a temperature makes all tokens alike.
        GenerateOptions const options{
            .max_new_tokens = 50, .temperature = 1e5F, .seed = seed, .threads = 1};
        EXPECT_NE(generate(model, tokenizer, "The king", options), "") << "seed " << seed;
    }
}

TEST_F(Generate, GoesOnFromTheLastToken)
{
    auto const all = run(prompt, {.max_new_tokens = 20, .temperature = 0.0F});
    session.rewind();
    stop_after = 8;
    auto first = run(prompt, {.max_new_tokens = 20, .temperature = 0.0F});
    EXPECT_EQ(first.reason, StopReason::stopped);
    stop_after = 1000;
    auto const rest =
        run(std::span(first.tokens).last(1), {.max_new_tokens = 12, .temperature = 0.0F});
    first.tokens.insert(first.tokens.end(), rest.tokens.begin(), rest.tokens.end());
    EXPECT_EQ(first.tokens, all.tokens);
}

TEST_F(Generate, RefusesPromptsThatDoNotFit)
{
    EXPECT_THROW(run(random_tokens<shape>(41, 1), {}), Error);
    EXPECT_THROW(run({}, {}), Error);
    EXPECT_EQ(session.position(), 0U);
}

TEST_F(Generate, NoTokensAskedForIsNoPass)
{
    EXPECT_EQ(run(prompt, {.max_new_tokens = 0}).reason, StopReason::max_new_tokens);
    EXPECT_EQ(session.position(), 0U);
}

} // namespace
