/// \file
/// Texts of the shipped model, greedy and drawn by given numbers, against transformers.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/generate_tokens.hpp>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>

#include "references.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = gpt2::tales;
constexpr Token end_of_text = 4095;
constexpr std::size_t prompts = 20;

class Transformers : public ::testing::Test {
protected:
    std::vector<Token> tokens_of(const std::string& name, std::size_t number) const
    {
        return read_numbers<Token>(file, name + "." + std::to_string(number));
    }

    /// Logits (tokens, vocab) of a whole text.
    std::vector<float> logits_of(std::span<const Token> text)
    {
        Decoder<shape>::Session session;
        Decoder<shape>::Rows const rows{&session, text, Logits::all};
        std::vector<float> logits(text.size() * shape.vocab);
        forward(model, workspace, std::span(&rows, 1), {logits.data(), {text.size(), shape.vocab}});
        return logits;
    }

    /// Draws each token of a text that transformers continued a prompt with, given those before;
    /// `draw(sampler, logits, number)` makes one. Returns how many they were.
    template <class Draw>
    std::size_t compare(const ReferenceCase& test, const std::string& name, std::size_t number,
                        Draw draw)
    {
        auto const prompt = tokens_of("prompt", number);
        auto const expected = tokens_of(name, number);
        auto text = prompt;
        text.insert(text.end(), expected.begin(), expected.end());
        auto const logits = logits_of(text);
        Sampler sampler(test.options, shape.vocab);
        sampler.begin(prompt);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            auto const row =
                std::span(logits).subspan((prompt.size() - 1 + i) * shape.vocab, shape.vocab);
            EXPECT_EQ(draw(sampler, row, i), expected[i])
                << name << ", prompt " << number << ", token " << i;
            if (::testing::Test::HasFailure()) break;
        }
        return expected.size();
    }

    SafeTensors file = open_references("texts.safetensors");
    Decoder<shape> model = Decoder<shape>::load(std::filesystem::path(TFM_MODELS_DIR) / "tales");
    Decoder<shape>::Workspace workspace{{.threads = 1}};
};

/// The cases of tools/make_sampling_references.py.
const std::vector<ReferenceCase> greedy_cases{
    {"plain", {}},
    {"repetition_penalty", {.repetition_penalty = 1.2F}},
    {"no_repeat_ngram", {.no_repeat_ngram_size = 3}},
    {"bad_words", {.bad_words = {{13}, {262, 258}}}},
    {"sequence_bias", {.sequence_bias = {{{258}, -3.0F}, {{604, 258}, 2.0F}, {{12}, 1.0F}}}},
    {"together",
     {.repetition_penalty = 1.1F,
      .no_repeat_ngram_size = 4,
      .bad_words = {{13}},
      .min_new_tokens = 40}},
};

TEST_F(Transformers, GreedyTextsAreTheSame)
{
    std::size_t compared = 0;
    for (ReferenceCase test : greedy_cases) {
        test.options.temperature = 0.0F;
        test.options.end_of_text = {end_of_text};
        for (std::size_t i = 0; i < prompts; ++i)
            compared += compare(test, test.name, i, [](Sampler& sampler, auto logits, auto) {
                return sampler.sample(logits);
            });
    }
    EXPECT_GT(compared, 4000U);
}

TEST_F(Transformers, GenerateMakesTheSameText)
{
    ReferenceCase const& test = greedy_cases.back();
    for (std::size_t i = 0; i < 3; ++i) {
        GenerateOptions options = test.options;
        auto const expected = tokens_of(test.name, i);
        options.temperature = 0.0F;
        options.max_new_tokens = expected.size();
        options.end_of_text = {end_of_text};
        Decoder<shape>::Session session;
        auto text = tokens_of("prompt", i);
        std::size_t const begin = text.size();
        continue_text(model, workspace, session, text, options, [](Token) { return true; });
        EXPECT_EQ(std::vector<Token>(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end()),
                  expected)
            << "prompt " << i;
    }
}

const std::vector<ReferenceCase> sampled_cases{
    {"all", {}},
    {"usual", {.temperature = 0.8F, .top_k = 40, .top_p = 0.95F}},
    {"typical", {.temperature = 1.2F, .typical_p = 0.8F}},
    {"cut", {.repetition_penalty = 1.15F, .min_p = 0.05F, .epsilon_cutoff = 1e-3F}},
};

TEST_F(Transformers, TokensDrawnByTheSameNumbersAreTheSame)
{
    auto const uniforms = read_numbers<double>(file, "uniforms");
    std::size_t const each = uniforms.size() / prompts;
    std::size_t compared = 0;
    for (ReferenceCase const& test : sampled_cases)
        for (std::size_t i = 0; i < prompts; ++i)
            compared += compare(test, "sampled." + test.name, i,
                                [&](Sampler& sampler, auto logits, std::size_t number) {
                                    return sampler.sample(logits, uniforms[i * each + number]);
                                });
    EXPECT_GT(compared, 2500U);
}

} // namespace
