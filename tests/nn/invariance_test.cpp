/// \file
/// Reduced precisions give a request the same logits, bit for bit, whatever else is in the batch,
/// however its tokens are cut, on any number of threads.

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Three slices of inner features, contexts of three blocks of attention, odd extents everywhere.
constexpr DecoderShape plain{
    .vocab = 53, .context = 320, .width = 36, .heads = 3, .layers = 2, .mlp_width = 1601};

/// Four heads of queries share keys and values, and a window hides more than a block of them.
constexpr DecoderShape windowed{.vocab = 53,
                                .context = 320,
                                .width = 40,
                                .heads = 4,
                                .layers = 2,
                                .mlp_width = 900,
                                .kv_heads = 1,
                                .head_dim = 18,
                                .window = 70,
                                .positions = Positions::rotary};

std::mt19937 random_numbers(7);

std::size_t draw(std::size_t least, std::size_t most)
{
    return std::uniform_int_distribution<std::size_t>(least, most)(random_numbers);
}

/// How many tokens of those left go into one pass: one, few, any number or all.
std::size_t draw_piece(std::size_t left)
{
    switch (draw(0, 3)) {
    case 0:
        return 1;
    case 1:
        return std::min(left, draw(2, 9));
    case 2:
        return draw(1, left);
    default:
        return left;
    }
}

/// A model, and sequences whose logits it made one token at a time, alone and on one thread.
template <DecoderShape Sizes, Precision P>
class Requests {
    static constexpr DecoderShape S = Sizes.form();
    static constexpr std::size_t vocab = Sizes.vocab;

public:
    Requests()
    {
        for (std::size_t const length : {Sizes.context, draw(1, 140), draw(1, 140), draw(1, 140)}) {
            tokens_.push_back(random_tokens(vocab, length, static_cast<unsigned>(tokens_.size())));
            logits_.push_back(all_logits<S>(model_, tokens_.back(), {.max_rows = 1, .threads = 1}));
        }
    }

    /// Runs all of them in random pieces and company.
    void run(WorkspaceOptions options) const
    {
        Workspace<S, P> workspace(model_, options);
        std::vector<Session<S, P>> sessions;
        while (sessions.size() < tokens_.size()) sessions.emplace_back(model_);
        for (std::size_t pass = 0; !is_done(sessions); ++pass) {
            std::vector<float> expected;
            auto const batch = draw_batch(sessions, expected);
            auto const found = logits_of<S>(model_, workspace, batch);
            auto const [wrong, right] = std::mismatch(found.begin(), found.end(), expected.begin());
            ASSERT_TRUE(wrong == found.end())
                << options.threads << " threads, chunks of " << options.max_rows << ", pass "
                << pass << " of " << batch.size() << " requests, row "
                << static_cast<std::size_t>(wrong - found.begin()) / vocab << " of "
                << found.size() / vocab << ": " << *wrong << ", expected " << *right;
        }
    }

private:
    bool is_done(const std::vector<Session<S, P>>& sessions) const
    {
        for (std::size_t i = 0; i < sessions.size(); ++i)
            if (sessions[i].position() < tokens_[i].size()) return false;
        return true;
    }

    std::vector<Rows<S, P>> draw_batch(std::vector<Session<S, P>>& sessions,
                                       std::vector<float>& expected) const
    {
        std::vector<Rows<S, P>> batch;
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            std::size_t const past = sessions[i].position();
            std::size_t const left = tokens_[i].size() - past;
            if (left == 0 || draw(0, 2) == 0) continue;
            std::size_t const piece = draw_piece(left);
            batch.push_back(
                {&sessions[i], std::span(tokens_[i]).subspan(past, piece), Logits::all});
            auto const logits = std::span(logits_[i]).subspan(past * vocab, piece * vocab);
            expected.insert(expected.end(), logits.begin(), logits.end());
        }
        return batch;
    }

    Decoder<S, P> model_ = random_model<Decoder<S, P>>(Sizes, 1);
    std::vector<std::vector<Token>> tokens_;
    std::vector<std::vector<float>> logits_;
};

template <class Case>
class Invariance : public ::testing::Test {
protected:
    template <DecoderShape Sizes>
    static void check()
    {
        Requests<Sizes, Case::precision> const requests;
        for (std::size_t threads = 1; threads <= 16; ++threads)
            requests.run({.max_rows = threads % 4 == 0 ? 512 : draw(1, 300), .threads = threads});
    }
};

/// On AMX few rows of bf16 weights are added in another order than many.
template <class Case>
constexpr bool holds = !(TFM_ISA_HAS_AMX && Case::precision.weights == Dtype::bf16);

template <Precision P>
struct Case {
    static constexpr Precision precision = P;
};
using Precisions = ::testing::Types<Case<precision::int8_weights>, Case<precision::int8>,
                                    Case<precision::int8_kv8>, Case<precision::bf16>>;
TYPED_TEST_SUITE(Invariance, Precisions);

TYPED_TEST(Invariance, OfAnyBatchAndCut)
{
    if (!holds<TypeParam>) GTEST_SKIP() << "not on AMX";
    TestFixture::template check<plain>();
}

TYPED_TEST(Invariance, WithAWindowAndSharedKeys)
{
    if (!holds<TypeParam>) GTEST_SKIP() << "not on AMX";
    TestFixture::template check<windowed>();
}

} // namespace
