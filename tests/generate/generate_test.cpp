/// \file
/// Generating: why it ends, what it hands out, and that a session goes on where it stopped.

#include <algorithm>
#include <cstddef>
#include <span>
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
        run(prompt, {.max_new_tokens = 12, .temperature = 0.0F, .end_of_text = all.tokens[5]});
    EXPECT_EQ(cut.reason, StopReason::end_of_text);
    auto const first = std::find(all.tokens.begin(), all.tokens.end(), all.tokens[5]);
    EXPECT_EQ(cut.tokens, std::vector<Token>(all.tokens.begin(), first));
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
