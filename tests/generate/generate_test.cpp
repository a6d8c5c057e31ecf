/// \file
/// Generating: why it ends, what it hands out, and that a session goes on where it stopped.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
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

    /// The first place from `begin` on whose token did not come before.
    static std::size_t first_new(std::span<const Token> tokens, std::size_t begin)
    {
        auto const is_new = [&](std::size_t i) {
            auto const before = tokens.first(i);
            return std::find(before.begin(), before.end(), tokens[i]) == before.end();
        };
        while (begin + 1 < tokens.size() && !is_new(begin)) ++begin;
        return begin;
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

TEST_F(Generate, TheLastTokenIsNotInTheCacheAfterTheEndOfTextEither)
{
    GenerateOptions options{.max_new_tokens = 20, .temperature = 0.0F};
    auto const all = run(prompt, options);
    session.rewind();
    // The first token that did not come before it.
    std::size_t const end = first_new(all.tokens, 3);
    options.end_of_text = {all.tokens[end]};
    auto first = run(prompt, options);
    ASSERT_EQ(first.reason, StopReason::end_of_text);
    ASSERT_EQ(first.tokens.size(), end);
    EXPECT_EQ(session.position(), prompt.size() + end - 1);
    auto const rest =
        run(std::span(first.tokens).last(1), {.max_new_tokens = 20 - end, .temperature = 0.0F});
    first.tokens.insert(first.tokens.end(), rest.tokens.begin(), rest.tokens.end());
    EXPECT_EQ(first.tokens, all.tokens);
}

TEST_F(Generate, AnEndOfTextAtOnceLeavesThePromptInTheCache)
{
    GenerateOptions options{.max_new_tokens = 20, .temperature = 0.0F};
    auto const all = run(prompt, options);
    session.rewind();
    options.end_of_text = {all.tokens[0]};
    EXPECT_EQ(run(prompt, options).reason, StopReason::end_of_text);
    EXPECT_EQ(session.position(), prompt.size());
}

TEST_F(Generate, ContinuesATextWhateverTheSessionHasRead)
{
    std::vector<Token> expected = prompt;
    GenerateOptions options{.max_new_tokens = 20, .temperature = 0.0F, .repetition_penalty = 1.2F};
    auto const go_on = [](Token) { return true; };
    continue_text(model, workspace, session, expected, options, go_on);
    ASSERT_EQ(expected.size(), prompt.size() + 20);

    // In four calls, each ended in another way, the last after the session has read another text.
    session.rewind();
    std::vector<Token> text = prompt;
    auto const limited = [&](std::size_t size) { options.max_new_tokens = size - text.size(); };
    limited(prompt.size() + 5);
    continue_text(model, workspace, session, text, options, go_on);
    limited(expected.size());
    continue_text(model, workspace, session, text, options,
                  [&](Token) { return text.size() < prompt.size() + 7; });
    EXPECT_EQ(text.size(), prompt.size() + 7);
    std::size_t const end = first_new(expected, text.size() + 1);
    limited(expected.size());
    options.end_of_text = {expected[end]};
    EXPECT_EQ(continue_text(model, workspace, session, text, options, go_on),
              StopReason::end_of_text);
    EXPECT_EQ(text.size(), end);
    options.end_of_text.clear();
    session.rewind(4);
    run(random_tokens<shape>(20, 9), {.max_new_tokens = 3});
    limited(expected.size());
    continue_text(model, workspace, session, text, options, go_on);
    EXPECT_EQ(text, expected);
    EXPECT_TRUE(std::equal(session.tokens().begin(), session.tokens().end(), text.begin()));
    EXPECT_EQ(session.position(), text.size() - 1);
}

TEST_F(Generate, ReadsAgainOnlyWhatIsNew)
{
    std::vector<Token> text = prompt;
    GenerateOptions const options{.max_new_tokens = 1};
    auto const go_on = [](Token) { return true; };
    continue_text(model, workspace, session, text, options, go_on);
    // All but the last token is in the cache: were it read again, this would be seen.
    auto cells = session.sequence().cache().key_cells(0, 0);
    float const before = cells(0, 2);
    cells(0, 2) = before + 1.0F;
    continue_text(model, workspace, session, text, options, go_on);
    EXPECT_EQ(cells(0, 2), before + 1.0F);
    text[2] = (text[2] + 1) % static_cast<Token>(shape.vocab);
    continue_text(model, workspace, session, text, options, go_on);
    EXPECT_NE(cells(0, 2), before + 1.0F);
}

TEST_F(Generate, CountsAsGeneratedWhatOneCallMakes)
{
    GenerateOptions options{.max_new_tokens = 12, .temperature = 0.0F, .presence_penalty = 1e6F};
    auto const found = run(prompt, options);
    std::vector<Token> text = prompt;
    std::vector<bool> was_generated(shape.vocab);
    for (Token const token : found.tokens) {
        auto const logits = all_logits<shape>(model, text);
        auto last = std::span(logits).last(shape.vocab);
        std::size_t best = shape.vocab;
        for (std::size_t i = 0; i < shape.vocab; ++i)
            if (!was_generated[i] && (best == shape.vocab || last[i] > last[best])) best = i;
        EXPECT_EQ(token, static_cast<Token>(best));
        was_generated[best] = true;
        text.push_back(token);
    }
}

TEST_F(Generate, HandsOutLogProbabilities)
{
    GenerateOptions const options{.max_new_tokens = 3, .temperature = 0.0F, .logprobs = 2};
    std::vector<Token> text = prompt;
    std::size_t made = 0;
    generate(model, workspace, session, prompt, options, [&](const GeneratedToken& token) {
        auto const logits = all_logits<shape>(model, text);
        auto const row = std::span(logits).last(shape.vocab);
        double sum = 0.0;
        for (float const logit : row) sum += std::exp(static_cast<double>(logit));
        for (std::size_t i = 0; i < 2; ++i) {
            TokenLogProb const& likely = token.likeliest[i];
            double const logit = static_cast<double>(row[static_cast<std::size_t>(likely.token)]);
            EXPECT_NEAR(static_cast<double>(likely.log_prob), logit - std::log(sum), 1e-4);
        }
        EXPECT_EQ(token.likeliest.size(), 2U);
        EXPECT_EQ(token.likeliest[0], (TokenLogProb{token.id, *token.log_prob}));
        text.push_back(token);
        ++made;
        return true;
    });
    EXPECT_EQ(made, 3U);
    generate(model, workspace, session, std::span(text).last(1), {.max_new_tokens = 1},
             [](const GeneratedToken& token) {
                 EXPECT_FALSE(token.log_prob.has_value());
                 return true;
             });
}

TEST_F(Generate, StopsWhenItsTimeIsUp)
{
    auto const result = run(prompt, {.max_new_tokens = 30, .max_time = 1e-9});
    EXPECT_EQ(result.reason, StopReason::max_time);
    EXPECT_EQ(result.tokens.size(), 1U);
    session.rewind();
    EXPECT_EQ(run(prompt, {.max_new_tokens = 3, .max_time = 1e6}).reason,
              StopReason::max_new_tokens);
}

TEST_F(Generate, CancelledBeforeItsFirstTokenLeavesTheSessionAsItWas)
{
    run(prompt, {.max_new_tokens = 1});
    std::atomic<bool> cancelled = true;
    auto const result = run(prompt, {.cancelled = &cancelled});
    EXPECT_EQ(result.reason, StopReason::cancelled);
    EXPECT_TRUE(result.tokens.empty());
    EXPECT_EQ(session.position(), prompt.size());
}

TEST_F(Generate, IsCancelledByAnotherThread)
{
    Model::Session long_session(shape.context);
    std::atomic<bool> cancelled = false;
    std::atomic<bool> has_begun = false;
    std::thread other([&] {
        while (!has_begun) std::this_thread::yield();
        cancelled = true;
    });
    // It waits for the other thread, so that it never ends by itself before.
    std::size_t made = 0;
    auto const reason =
        generate(model, workspace, long_session, prompt, {.cancelled = &cancelled}, [&](Token) {
            ++made;
            has_begun = true;
            while (made == 2 && !cancelled) std::this_thread::yield();
            return true;
        });
    other.join();
    EXPECT_EQ(reason, StopReason::cancelled);
    EXPECT_LE(made, 2U);
    EXPECT_EQ(long_session.position(), prompt.size() + made - 1);
}

TEST_F(Generate, ReadsALongPromptInPartsWithTheSameLogits)
{
    Model::Workspace narrow({.max_rows = 16, .threads = 1});
    Model::Session one(shape.context);
    Model::Session other(shape.context);
    auto const long_prompt = random_tokens<shape>(100, 7);
    GenerateOptions const options{.max_new_tokens = 10, .seed = 5};
    std::vector<Token> first = long_prompt;
    std::vector<Token> second = long_prompt;
    auto const go_on = [](Token) { return true; };
    continue_text(model, workspace, one, first, options, go_on);
    continue_text(model, narrow, other, second, options, go_on);
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.size(), 110U);
}

TEST_F(Generate, RefusesPromptsThatDoNotFit)
{
    EXPECT_THROW(run(random_tokens<shape>(41, 1), {}), Error);
    EXPECT_THROW(run({}, {}), Error);
    std::vector<Token> nothing;
    EXPECT_THROW(continue_text(model, workspace, session, nothing, {}, [](Token) { return true; }),
                 Error);
    EXPECT_THROW(run(prompt, {.stop_strings = {"x"}}), Error) << "there is no tokenizer";
    // In parts: a token out of range in the last of them.
    Model::Workspace narrow({.max_rows = 4, .threads = 1});
    std::vector<Token> wrong = prompt;
    wrong.back() = static_cast<Token>(shape.vocab);
    EXPECT_THROW(continue_text(model, narrow, session, wrong, {}, [](Token) { return true; }),
                 Error);
    EXPECT_EQ(session.position(), 0U);
}

TEST_F(Generate, NoTokensAskedForIsNoPass)
{
    EXPECT_EQ(run(prompt, {.max_new_tokens = 0}).reason, StopReason::max_new_tokens);
    EXPECT_EQ(session.position(), 0U);
}

} // namespace
