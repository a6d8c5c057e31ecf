/// \file
/// Every way to feed tokens to a decoder gives the same logits: at once, one by one, in chunks, in
/// ragged batches, on any number of threads.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = odd_shape;
using Model = Decoder<shape>;

/// Sums of a matmul are taken in the same order whatever the tile, and this shape's MLP is one
/// slice, so only the split of a softmax into blocks of rows could move a digit.
constexpr double tolerance = 4e-6;

class Forward : public ::testing::Test {
protected:
    static const Model& model()
    {
        static const Model instance = random_decoder<shape>(1);
        return instance;
    }
    static std::span<const float> row(const std::vector<float>& logits, std::size_t index)
    {
        return {logits.data() + index * shape.vocab, shape.vocab};
    }
};

TEST_F(Forward, TokenByTokenEqualsAtOnce)
{
    auto const tokens = random_tokens<shape>(shape.context, 2);
    auto const expected = all_logits<shape>(model(), tokens);
    for (std::size_t const threads : {1U, 2U, 5U}) {
        Model::Workspace workspace({.max_rows = 1, .threads = threads});
        Model::Session session;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            Model::Rows const rows{&session, {&tokens[i], 1}, Logits::last};
            auto const logits = logits_of<shape>(model(), workspace, std::span(&rows, 1));
            ASSERT_LT(relative_difference(row(expected, i), logits), tolerance)
                << "token " << i << ", " << threads << " threads";
        }
    }
}

TEST_F(Forward, ChunksEqualAtOnceOnAnyNumberOfThreads)
{
    auto const tokens = random_tokens<shape>(300, 3);
    auto const expected = all_logits<shape>(model(), tokens);
    for (std::size_t const threads : {1U, 2U, 3U, 8U}) {
        for (std::size_t const max_rows : {1U, 7U, 64U, 150U, 299U, 512U}) {
            auto const logits =
                all_logits<shape>(model(), tokens, {.max_rows = max_rows, .threads = threads});
            EXPECT_LT(relative_difference(expected, logits), tolerance)
                << threads << " threads, chunks of " << max_rows;
        }
    }
}

TEST_F(Forward, RaggedBatchEqualsEachSessionAlone)
{
    constexpr std::array<std::size_t, 5> past{0, 17, 130, 1, 64};
    constexpr std::array<std::size_t, 5> added{40, 1, 1, 150, 3};
    constexpr std::array<Logits, 5> wanted{Logits::last, Logits::last, Logits::none, Logits::all,
                                           Logits::all};
    for (std::size_t const threads : {1U, 2U, 4U}) {
        for (std::size_t const max_rows : {16U, 100U, 512U}) {
            Model::Workspace workspace({.max_rows = max_rows, .threads = threads});
            std::vector<Model::Session> sessions(past.size());
            std::vector<std::vector<Token>> tokens;
            std::vector<Model::Rows> batch;
            std::vector<float> expected;
            for (std::size_t i = 0; i < past.size(); ++i) {
                tokens.push_back(
                    random_tokens<shape>(past[i] + added[i], static_cast<unsigned>(10 + i)));
                std::span<const Token> const all(tokens.back());
                if (past[i] > 0) {
                    Model::Rows const rows{&sessions[i], all.first(past[i]), Logits::none};
                    logits_of<shape>(model(), workspace, std::span(&rows, 1));
                }
                batch.push_back({&sessions[i], all.subspan(past[i]), wanted[i]});
                auto const logits = all_logits<shape>(model(), all);
                std::size_t const rows = batch.back().logit_rows();
                expected.insert(expected.end(),
                                logits.end() - static_cast<std::ptrdiff_t>(rows * shape.vocab),
                                logits.end());
            }
            auto const logits = logits_of<shape>(model(), workspace, batch);
            EXPECT_LT(relative_difference(expected, logits), tolerance)
                << threads << " threads, chunks of " << max_rows;
            for (std::size_t i = 0; i < past.size(); ++i) {
                EXPECT_EQ(sessions[i].position(), past[i] + added[i]);
            }
        }
    }
}

TEST_F(Forward, CallbackSeesTheSameLogits)
{
    auto const tokens = random_tokens<shape>(100, 4);
    auto const expected = all_logits<shape>(model(), tokens);
    Model::Workspace workspace({.max_rows = 64, .threads = 2, .logit_rows = 7});
    Model::Session session;
    Model::Rows const rows{&session, tokens, Logits::all};
    std::vector<float> logits;
    forward(model(), workspace, std::span(&rows, 1),
            [&](std::size_t first, View<const float, RowMajor<dyn, shape.vocab>> view) {
                EXPECT_EQ(first * shape.vocab, logits.size());
                EXPECT_LE(view.rows(), 7U);
                logits.insert(logits.end(), view.data(), view.data() + view.rows() * shape.vocab);
            });
    EXPECT_LT(relative_difference(expected, logits), tolerance);
}

TEST_F(Forward, RewoundSessionForgets)
{
    auto const tokens = random_tokens<shape>(60, 5);
    auto const others = random_tokens<shape>(60, 6);
    auto const expected = all_logits<shape>(model(), tokens);
    Model::Workspace workspace({.threads = 1});
    Model::Session session(60);
    Model::Rows const wrong{&session, others, Logits::none};
    logits_of<shape>(model(), workspace, std::span(&wrong, 1));
    session.rewind();
    Model::Rows const half{&session, std::span(tokens).first(30), Logits::none};
    logits_of<shape>(model(), workspace, std::span(&half, 1));
    Model::Rows const rest{&session, std::span(tokens).subspan(30), Logits::last};
    auto const logits = logits_of<shape>(model(), workspace, std::span(&rest, 1));
    EXPECT_LT(relative_difference(row(expected, 59), logits), tolerance);
}

TEST_F(Forward, ObjectsHaveTheBytesTheyState)
{
    WorkspaceOptions const options{.max_rows = 40, .threads = 3, .logit_rows = 5};
    EXPECT_EQ(Model::Workspace(options).size_bytes(), Model::Workspace::bytes(options));

    Model weights;
    std::size_t bytes = 0;
    for (const ParameterTensor& entry : parameters_of(weights))
        entry.tensor.visit([&](const auto& tensor) { bytes += tensor.size_bytes(); });
    EXPECT_EQ(bytes, Model::weight_bytes());
}

std::string error_of(const Model& model, std::span<const Model::Rows> batch)
{
    Model::Workspace workspace({.threads = 1});
    try {
        logits_of<shape>(model, workspace, batch);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST_F(Forward, RefusesBadBatchesAndChangesNothing)
{
    Model::Session session(10);
    Model::Session other;
    std::vector<Token> const good{1, 2, 3};
    std::vector<Token> const negative{1, -1};
    std::vector<Token> const large{static_cast<Token>(shape.vocab)};
    std::vector<Token> const many(11, 1);
    std::array const no_session{Model::Rows{nullptr, good}};
    std::array const no_tokens{Model::Rows{&session, {}}};
    std::array const twice{Model::Rows{&session, good}, Model::Rows{&other, good},
                           Model::Rows{&session, good}};
    std::array const below{Model::Rows{&other, good}, Model::Rows{&session, negative}};
    std::array const above{Model::Rows{&session, large}};
    std::array const overfull{Model::Rows{&session, many}};
    EXPECT_EQ(error_of(model(), no_session), "tfm::forward: rows 0 have no session");
    EXPECT_EQ(error_of(model(), no_tokens), "tfm::forward: rows 0 have no tokens");
    EXPECT_EQ(error_of(model(), twice), "tfm::forward: rows 2 and rows 0 have the same session; a "
                                        "pass takes each session once");
    EXPECT_EQ(error_of(model(), below),
              "tfm::forward: rows 1: token id -1 is out of range; expected 0 to 52");
    EXPECT_EQ(error_of(model(), above),
              "tfm::forward: rows 0: token id 53 is out of range; expected 0 to 52");
    EXPECT_EQ(error_of(model(), overfull),
              "tfm::forward: rows 0: 11 tokens do not fit; the session "
              "has 0 of its 10 positions in use");
    EXPECT_EQ(session.position(), 0U);
    EXPECT_EQ(other.position(), 0U);
}

TEST_F(Forward, RefusesAWrongNumberOfLogitRows)
{
    Model::Workspace workspace({.threads = 1});
    Model::Session session;
    std::vector<Token> const tokens{1, 2, 3};
    Model::Rows const rows{&session, tokens, Logits::all};
    std::vector<float> logits(2 * shape.vocab);
    EXPECT_THROW(
        forward(model(), workspace, std::span(&rows, 1), {logits.data(), {2, shape.vocab}}), Error);
    EXPECT_EQ(session.position(), 0U);
}

TEST(Session, RefusesImpossiblePositions)
{
    EXPECT_THROW(Model::Session(0), Error);
    EXPECT_THROW(Model::Session(shape.context + 1), Error);
    Model::Session session(4);
    EXPECT_THROW(session.rewind(1), Error);
}

TEST(Workspace, RefusesNoRows)
{
    EXPECT_THROW(Model::Workspace({.max_rows = 0}), Error);
    EXPECT_THROW(Model::Workspace({.logit_rows = 0}), Error);
}

} // namespace
