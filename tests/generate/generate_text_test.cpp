/// \file
/// Generating text: which tokens it may have, and where it stops.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/generate.hpp>

#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// A model whose vocabulary was rounded up: the tokenizer has 1156 tokens.
constexpr DecoderShape padded_shape{
    .vocab = 1400, .context = 64, .width = 36, .heads = 3, .layers = 1, .mlp_width = 70};

TEST(GenerateText, NeverDrawsWhatTheTokenizerLacks)
{
    auto const model = random_decoder<padded_shape>(3);
    auto const tokenizer = Tokenizer::load(TFM_TEST_DATA "/tokenizer/shuffled");
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        // So high a temperature makes all tokens alike.
        GenerateOptions const options{
            .max_new_tokens = 50, .temperature = 1e5F, .seed = seed, .threads = 1};
        EXPECT_NE(generate(model, tokenizer, "The king", options), "") << "seed " << seed;
    }
}

TEST(GenerateText, StopsBeforeAStopStringAndHandsOutNothingOfIt)
{
    auto const model = random_decoder<padded_shape>(3);
    auto const tokenizer = Tokenizer::load(TFM_TEST_DATA "/tokenizer/shuffled");
    GenerateOptions options{.max_new_tokens = 50, .temperature = 0.0F, .threads = 1};
    std::string const whole = generate(model, tokenizer, "The king", options);
    // Some bytes of the middle, which begin and end within tokens somewhere in the loop.
    for (std::size_t begin = 8; begin < 24; ++begin) {
        std::string const stop = whole.substr(begin, 5);
        std::string const expected = whole.substr(0, whole.find(stop));
        options.stop_strings = {"no such text", stop};
        EXPECT_EQ(generate(model, tokenizer, "The king", options), expected) << stop;

        Decoder<padded_shape>::Workspace workspace({.threads = 1});
        Decoder<padded_shape>::Session session;
        std::vector<Token> text = tokenizer.encode("The king");
        std::string handed_out;
        auto const reason = continue_text(model, workspace, session, tokenizer, text, options,
                                          [&](std::string_view piece) {
                                              EXPECT_FALSE(piece.empty());
                                              handed_out += piece;
                                              return true;
                                          });
        EXPECT_EQ(reason, StopReason::stop_string);
        EXPECT_EQ(handed_out, expected);
    }
    options.stop_strings = {"no such text"};
    EXPECT_EQ(generate(model, tokenizer, "The king", options), whole);
}

TEST(GenerateText, StopsWhereTheCallbackSaysSo)
{
    auto const model = random_decoder<padded_shape>(3);
    auto const tokenizer = Tokenizer::load(TFM_TEST_DATA "/tokenizer/shuffled");
    Decoder<padded_shape>::Workspace workspace({.threads = 1});
    Decoder<padded_shape>::Session session;
    std::vector<Token> text = tokenizer.encode("The king");
    std::size_t pieces = 0;
    auto const reason = continue_text(model, workspace, session, tokenizer, text, {},
                                      [&](std::string_view) { return ++pieces < 3; });
    EXPECT_EQ(reason, StopReason::stopped);
    EXPECT_EQ(pieces, 3U);
}

} // namespace
