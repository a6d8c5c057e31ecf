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

template <class Case>
class Invariance : public ::testing::Test {
protected:
    template <DecoderShape Sizes>
    static void check()
    {
        constexpr DecoderShape S = Sizes.form();
        constexpr Precision P = Case::precision;
        constexpr std::size_t requests = 5;
        constexpr std::size_t vocab = Sizes.vocab;
        auto const model = random_model<Decoder<S, P>>(Sizes, 1);

        std::vector<std::vector<Token>> tokens;
        std::vector<std::vector<float>> expected; // one token at a time, alone, on one thread
        for (std::size_t i = 0; i < requests; ++i) {
            tokens.push_back(random_tokens(vocab, draw(1, i == 0 ? Sizes.context : 140),
                                           static_cast<unsigned>(i)));
            expected.push_back(all_logits<S>(model, tokens.back(), {.max_rows = 1, .threads = 1}));
        }
        for (std::size_t trial = 0; trial < 16; ++trial) {
            std::size_t const threads = trial + 1;
            Workspace<S, P> workspace(
                model, {.max_rows = trial % 4 == 0 ? 512 : draw(1, 300), .threads = threads});
            std::vector<Session<S, P>> sessions;
            for (std::size_t i = 0; i < requests; ++i) sessions.emplace_back(model);
            for (std::size_t left = requests; left > 0;) {
                std::vector<Rows<S, P>> batch;
                std::vector<float> wanted;
                for (std::size_t i = 0; i < requests; ++i) {
                    std::size_t const past = sessions[i].position();
                    std::size_t const rest = tokens[i].size() - past;
                    if (rest == 0 || draw(0, 2) == 0) continue;
                    std::size_t const piece = draw_piece(rest);
                    if (piece == rest) --left;
                    batch.push_back(
                        {&sessions[i], std::span(tokens[i]).subspan(past, piece), Logits::all});
                    auto const from =
                        expected[i].begin() + static_cast<std::ptrdiff_t>(past * vocab);
                    wanted.insert(wanted.end(), from,
                                  from + static_cast<std::ptrdiff_t>(piece * vocab));
                }
                auto const logits = logits_of<S>(model, workspace, batch);
                auto const found = std::mismatch(wanted.begin(), wanted.end(), logits.begin());
                ASSERT_TRUE(found.first == wanted.end())
                    << threads << " threads, chunks of " << workspace.max_rows() << ", "
                    << batch.size() << " requests, row "
                    << static_cast<std::size_t>(found.first - wanted.begin()) / vocab << " of "
                    << wanted.size() / vocab << ": " << *found.second << ", expected "
                    << *found.first;
            }
        }
    }
};

template <Precision P>
struct Case {
    static constexpr Precision precision = P;
};
using Precisions = ::testing::Types<Case<precision::int8_weights>, Case<precision::int8>,
                                    Case<precision::int8_kv8>, Case<precision::bf16>>;
TYPED_TEST_SUITE(Invariance, Precisions);

TYPED_TEST(Invariance, OfAnyBatchAndCut) { TestFixture::template check<plain>(); }

TYPED_TEST(Invariance, WithAWindowAndSharedKeys) { TestFixture::template check<windowed>(); }

} // namespace
