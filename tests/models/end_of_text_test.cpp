/// \file
/// What ends a text by a folder's files, and what generation_config.json says besides. The order of
/// the files is transformers': a model's generation_config is that file, or else made from
/// config.json; a class has its own default where config.json lacks the field.

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/end_of_text.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using tfm::EndOfText;
using tfm::find_end_of_text;
using tfm::GenerationConfig;
using tfm::HuggingFaceConfig;
using tfm::Token;
using tfm_test::error_of;
using Tokens = std::vector<Token>;

constexpr std::size_t vocab = 100;

HuggingFaceConfig config(const std::string& fields)
{
    return HuggingFaceConfig("config.json", "{" + fields + "}");
}

/// What a generation_config.json of this text says.
std::optional<GenerationConfig> generation(const std::string& text)
{
    tfm_test::ScratchFolder const folder;
    folder.write("generation_config.json", text);
    return tfm::read_generation_config(folder.path(), vocab);
}

Tokens ends(const std::string& fields) { return tfm::read_end_of_text(config(fields), vocab); }

TEST(EndOfText, OfConfigJsonIsOneIdOrAList)
{
    EXPECT_EQ(ends(R"("eos_token_id": 7)"), (Tokens{7}));
    EXPECT_EQ(ends(R"("eos_token_id": [96, 95])"), (Tokens{96, 95}));
    EXPECT_EQ(ends(R"("eos_token_id": [50256, 95, -1])"), (Tokens{95})) << "others are none";
    for (const char* const none : {"null", "-1", "100", "[]"})
        EXPECT_EQ(ends(R"("model_type": "llama", "eos_token_id": )" + std::string(none)), Tokens{});
}

TEST(EndOfText, OfConfigJsonIsTheClassesDefaultWhereTheFieldIsMissing)
{
    EXPECT_EQ(ends(R"("model_type": "llama")"), (Tokens{2}));
    EXPECT_EQ(ends(R"("model_type": "mistral")"), (Tokens{2}));
    EXPECT_EQ(ends(R"("model_type": "gpt_neox")"), (Tokens{2}));
    EXPECT_EQ(ends(R"("model_type": "qwen2")"), Tokens{});
    EXPECT_EQ(ends(R"("model_type": "gpt2")"), Tokens{}) << "50256 is not in this vocabulary";
    EXPECT_EQ(tfm::read_end_of_text(config(""), 50257), (Tokens{50256}));
}

TEST(EndOfText, OfConfigJsonRefusesWhatIsNoId)
{
    for (const char* const value : {R"("2")", "1.5", "-2", "true", "[[2]]", "{}", R"([1, "2"])"}) {
        std::string const message =
            error_of([&] { ends(R"("eos_token_id": )" + std::string(value)); });
        EXPECT_NE(message.find("config.json: field 'eos_token_id': expected one token id"),
                  std::string::npos)
            << value << ": " << message;
    }
}

TEST(EndOfText, IsThatOfTheFirstFileThatNamesOne)
{
    auto const find = [](const std::string& generation_text, const std::string& fields,
                         std::optional<Token> tokenizer) {
        std::optional<GenerationConfig> generated;
        if (!generation_text.empty()) generated = generation(generation_text);
        EndOfText found = find_end_of_text(generated, config(fields), vocab, tokenizer);
        return std::pair(found.tokens, found.source);
    };
    std::string const ours = R"("eos_token_id": 5)";
    EXPECT_EQ(find(R"({"eos_token_id": [9, 3]})", ours, 4),
              std::pair(Tokens{9, 3}, std::string("generation_config.json")));
    EXPECT_EQ(find(R"({"temperature": 1.0})", ours, 4),
              std::pair(Tokens{5}, std::string("config.json")));
    EXPECT_EQ(find("", ours, 4), std::pair(Tokens{5}, std::string("config.json")));
    EXPECT_EQ(find("", R"("eos_token_id": null)", 4),
              std::pair(Tokens{4}, std::string("the tokenizer")));
    EXPECT_EQ(find("", R"("eos_token_id": null)", 100), std::pair(Tokens{}, std::string()));
    EXPECT_EQ(find("", R"("eos_token_id": null)", std::nullopt),
              std::pair(Tokens{}, std::string()));
}

TEST(GenerationConfig, IsNoneWithoutTheFile)
{
    tfm_test::ScratchFolder const folder;
    EXPECT_FALSE(tfm::read_generation_config(folder.path(), vocab));
}

TEST(GenerationConfig, HasWhatTheFileSaysAndNothingElse)
{
    auto const all = generation(R"({"do_sample": true, "temperature": 0.6, "top_k": 20,
        "top_p": 0.95, "max_new_tokens": 64, "max_length": 4096, "eos_token_id": 2,
        "repetition_penalty": 1.2, "no_repeat_ngram_size": 3, "min_new_tokens": 5, "min_p": 0.05,
        "typical_p": 0.9, "epsilon_cutoff": 3e-4,
        "bos_token_id": 1, "transformers_version": "4.40.0"})");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->do_sample, true);
    EXPECT_EQ(all->temperature, 0.6);
    EXPECT_EQ(all->top_k, 20U);
    EXPECT_EQ(all->top_p, 0.95);
    EXPECT_EQ(all->max_new_tokens, 64U);
    EXPECT_EQ(all->max_length, 4096U);
    EXPECT_EQ(all->repetition_penalty, 1.2);
    EXPECT_EQ(all->no_repeat_ngram_size, 3U);
    EXPECT_EQ(all->min_new_tokens, 5U);
    EXPECT_EQ(all->min_p, 0.05);
    EXPECT_EQ(all->typical_p, 0.9);
    EXPECT_EQ(all->epsilon_cutoff, 3e-4);
    EXPECT_TRUE(all->not_implemented.empty());
    auto const none = generation(R"({"temperature": null})");
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->do_sample || none->temperature || none->top_k || none->top_p);
    EXPECT_FALSE(none->max_new_tokens || none->max_length);
}

TEST(GenerationConfig, NamesWhatIsAskedForAndNotImplemented)
{
    EXPECT_EQ(generation(R"({"guidance_scale": 1.1, "num_beams": 4, "suppress_tokens": [3]})")
                  ->not_implemented,
              (std::vector<std::string>{"num_beams", "guidance_scale", "suppress_tokens"}));
    EXPECT_TRUE(generation(R"({"repetition_penalty": 1.0, "num_beams": 1, "guidance_scale": 1,
        "no_repeat_ngram_size": 0, "suppress_tokens": [], "bad_words_ids": null})")
                    ->not_implemented.empty());
}

TEST(GenerationConfig, RefusesValuesOfAnotherKindOrOutOfRangeByFileAndField)
{
    struct Case {
        const char* field;
        const char* value;
    };
    for (Case const& wrong : {Case{"eos_token_id", "100"},
                              Case{"eos_token_id", "[1, 100]"},
                              Case{"eos_token_id", "-1"},
                              Case{"eos_token_id", "18446744073709551615"},
                              Case{"eos_token_id", R"("2")"},
                              Case{"eos_token_id", "[[2]]"},
                              Case{"eos_token_id", "2.0"},
                              Case{"do_sample", "1"},
                              Case{"do_sample", R"("true")"},
                              Case{"temperature", "-0.1"},
                              Case{"temperature", R"("hot")"},
                              Case{"temperature", "1e9"},
                              Case{"top_k", "-1"},
                              Case{"top_k", "2.5"},
                              Case{"top_p", "0"},
                              Case{"top_p", "1.5"},
                              Case{"top_p", "[]"},
                              Case{"max_new_tokens", "-5"},
                              Case{"max_length", "1e30"},
                              Case{"repetition_penalty", "0"},
                              Case{"no_repeat_ngram_size", "-1"},
                              Case{"min_p", "-0.1"},
                              Case{"typical_p", "0"},
                              Case{"epsilon_cutoff", "1.5"}}) {
        std::string const field = wrong.field;
        std::string const text = "{\"" + field + "\": " + wrong.value + "}";
        std::string const message = error_of([&] { generation(text); });
        EXPECT_NE(message.find("generation_config.json: field '" + field + "': expected"),
                  std::string::npos)
            << text << ": " << message;
    }
    EXPECT_NE(error_of([] { generation("[1]"); }).find("generation_config.json"),
              std::string::npos);
}

} // namespace
