/// \file
/// tfm generate: who says how text is drawn and what ends it, and vocabularies that were rounded
/// up.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using Ids = std::vector<std::int32_t>;
namespace fs = std::filesystem;

class TfmSampling : public TfmProgram {
protected:
    /// The random model with this generation_config.json.
    static std::string with_generation_config(const std::string& name, const std::string& text)
    {
        fs::path const folder = scratch(name);
        fs::create_directory(folder);
        for (const char* const file : {"config.json", "model.safetensors"})
            fs::copy_file(fs::path(random()) / file, folder / file,
                          fs::copy_options::overwrite_existing);
        std::ofstream(folder / "generation_config.json") << text;
        return folder.string();
    }

    static nlohmann::json generate(const std::string& folder, const Arguments& more)
    {
        Arguments all{"generate", "--model", folder, "--tokens", "1,2,3", "--seed", "4"};
        all.insert(all.end(), more.begin(), more.end());
        return run_tfm_json(all);
    }
};

TEST_F(TfmSampling, IsTheProgramsOwnWhereNobodySaysAnything)
{
    auto const object = generate(random(), {"-n", "2"});
    EXPECT_EQ(object["temperature"], 0.8);
    EXPECT_EQ(object["top_k"], 40);
    EXPECT_EQ(object["top_p"], 1.0);
    EXPECT_EQ(object["max_new_tokens"], 2);
    for (const char* const name : {"temperature", "top_k", "top_p"})
        EXPECT_EQ(object["from"][name], "default") << name;
    EXPECT_EQ(object["from"]["max_new_tokens"], "option");
}

TEST_F(TfmSampling, IsTheFoldersWhereTheUserSaysNothing)
{
    auto const folder = with_generation_config(
        "sampling",
        R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9, "max_new_tokens": 5})");
    auto const object = generate(folder, {});
    EXPECT_EQ(object["temperature"], 0.6);
    EXPECT_EQ(object["top_p"], 0.9);
    EXPECT_EQ(object["max_new_tokens"], 5);
    EXPECT_EQ(object["tokens"].size(), 5U);
    for (const char* const name : {"temperature", "top_p", "max_new_tokens"})
        EXPECT_EQ(object["from"][name], "generation_config.json") << name;
    EXPECT_EQ(object["from"]["top_k"], "default");
    // The same as with the values as options.
    auto const options = generate(random(), {"--temperature", "0.6", "--top-p", "0.9", "-n", "5"});
    EXPECT_EQ(object["tokens"], options["tokens"]);
    // And each option wins for itself.
    auto const mixed = generate(folder, {"--temperature", "0.7", "-n", "3"});
    EXPECT_EQ(mixed["temperature"], 0.7);
    EXPECT_EQ(mixed["top_p"], 0.9);
    EXPECT_EQ(mixed["tokens"].size(), 3U);
    EXPECT_EQ(mixed["from"]["temperature"], "option");
}

TEST_F(TfmSampling, HeedsPenaltiesOfTheFolderAndOfTheUser)
{
    auto const folder = with_generation_config(
        "penalties", R"({"repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "min_p": 0.01})");
    auto const object = generate(folder, {"-n", "60", "--min-p", "0.02"});
    EXPECT_EQ(object["repetition_penalty"], 1.5);
    EXPECT_EQ(object["from"]["no_repeat_ngram_size"], "generation_config.json");
    EXPECT_EQ(object["min_p"], 0.02);
    EXPECT_EQ(object["from"]["min_p"], "option");
    EXPECT_EQ(object["from"]["typical_p"], "default");
    auto const tokens = object["tokens"].get<Ids>();
    std::set<std::pair<std::int32_t, std::int32_t>> pairs;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
        EXPECT_TRUE(pairs.emplace(tokens[i], tokens[i + 1]).second) << i;
    auto const options = generate(random(), {"-n", "60", "--min-p", "0.02", "--repetition-penalty",
                                             "1.5", "--no-repeat-ngram-size", "2"});
    EXPECT_EQ(options["tokens"], object["tokens"]);
}

TEST_F(TfmSampling, APresencePenaltyLetsNoTokenComeTwice)
{
    auto const object = generate(random(), {"-n", "50", "--presence-penalty", "1000",
                                            "--frequency-penalty", "1", "--typical-p", "0.9"});
    auto const tokens = object["tokens"].get<Ids>();
    EXPECT_EQ(std::set<std::int32_t>(tokens.begin(), tokens.end()).size(), 50U);
}

TEST_F(TfmSampling, AGreedyFolderIsGreedyUnlessTheUserAsksForDrawing)
{
    auto const folder =
        with_generation_config("greedy", R"({"do_sample": false, "temperature": 0.5})");
    auto const object = generate(folder, {"-n", "8"});
    EXPECT_EQ(object["temperature"], 0.0);
    EXPECT_EQ(object["from"]["temperature"], "generation_config.json");
    EXPECT_EQ(object["tokens"], generate(random(), {"-n", "8", "--greedy"})["tokens"]);
    EXPECT_EQ(generate(folder, {"-n", "1", "--top-k", "5"})["temperature"], 0.5);
    EXPECT_EQ(generate(folder, {"-n", "1", "--greedy"})["from"]["temperature"], "option");
}

TEST_F(TfmSampling, MaxLengthCountsThePrompt)
{
    auto const folder = with_generation_config("length", R"({"max_length": 7})");
    EXPECT_EQ(generate(folder, {})["tokens"].size(), 4U);
    auto const shorter = with_generation_config("shorter", R"({"max_length": 3})");
    expect_bad_input(run_tfm({"generate", "--model", shorter, "--tokens", "1,2,3"}),
                     {"generation_config.json", "'max_length'", "more than 3", "found 3", "-n"});
    EXPECT_EQ(generate(shorter, {"-n", "2"})["tokens"].size(), 2U);
}

TEST_F(TfmSampling, SaysWhatTheFolderAsksForInVain)
{
    auto const folder =
        with_generation_config("beams", R"({"repetition_penalty": 1.1, "num_beams": 4})");
    EXPECT_EQ(generate(folder, {"-n", "1"})["not_implemented"],
              std::vector<std::string>{"num_beams"});
    ProgramResult const result =
        run_tfm({"generate", "--model", folder, "--tokens", "1", "-n", "1"});
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("generation_config.json sets num_beams"), std::string::npos)
        << result.err;
}

TEST_F(TfmSampling, RefusesAMalformedGenerationConfigByFileAndField)
{
    struct Case {
        const char* field;
        const char* value;
    };
    for (auto const& [field, value] :
         {Case{"eos_token_id", "4096"}, Case{"eos_token_id", R"(["1"])"},
          Case{"temperature", R"("hot")"}, Case{"top_k", "-1"}, Case{"do_sample", "2"}}) {
        auto const folder = with_generation_config(
            "malformed", "{\"" + std::string(field) + "\": " + std::string(value) + "}");
        expect_bad_input(run_tfm({"generate", "--model", folder, "--tokens", "1"}),
                         {"generation_config.json: field '" + std::string(field) + "': expected"});
    }
}

TEST_F(TfmSampling, EndsAtAnyOfTheFoldersEnds)
{
    auto const all = generate(random(), {"-n", "12", "--greedy"})["tokens"].get<Ids>();
    auto const folder =
        with_generation_config("ends", "{\"eos_token_id\": [" + std::to_string(all[9]) + ", " +
                                           std::to_string(all[4]) + "]}");
    auto const object = generate(folder, {"-n", "12", "--greedy"});
    EXPECT_EQ(object["stop_reason"], "end_of_text");
    EXPECT_EQ(object["from"]["end_of_text"], "generation_config.json");
    EXPECT_EQ(object["end_of_text"], (Ids{all[9], all[4]}));
    Ids const ends{all[9], all[4]};
    auto const first = std::find_first_of(all.begin(), all.end(), ends.begin(), ends.end());
    EXPECT_EQ(object["tokens"].get<Ids>(), Ids(all.begin(), first));
}

/// A copy of a folder of shared/cases that can be written to, with other files beside its own.
class TfmSharedCases : public TfmProgram {
protected:
    void SetUp() override
    {
        TfmProgram::SetUp();
        if (!fs::exists(cases() / "gen-eos")) GTEST_SKIP() << "the shared cases are missing";
    }

    static fs::path cases() { return fs::path(TFM_SHARED_DIR) / "cases"; }

    static std::string made_of(const std::string& name, const std::vector<fs::path>& folders)
    {
        for (const fs::path& folder : folders)
            fs::copy(folder, scratch(name),
                     fs::copy_options::recursive | fs::copy_options::skip_existing);
        return scratch(name).string();
    }
};

TEST_F(TfmSharedCases, GenerationConfigEndsTheTextBeforeTheTokenizerDoes)
{
    if (!fs::exists(shipped_model() / "model.safetensors"))
        GTEST_SKIP() << "examples/models/tales is missing";
    auto const folder = made_of("gen-eos", {cases() / "gen-eos", shipped_model()});
    auto const object =
        run_tfm_json({"generate", "--model", folder, "--tokens", "64,4095,65", "--greedy"});
    EXPECT_EQ(object["stop_reason"], "end_of_text");
    EXPECT_EQ(object["end_of_text"], (Ids{4095, 259}));
    // The shipped model goes on with 259, at which this one stops.
    auto const shipped = run_tfm_json({"generate", "--model", shipped_model().string(), "--tokens",
                                       "64,4095,65", "--greedy"})["tokens"]
                             .get<Ids>();
    Ids const expected(shipped.begin(), std::find(shipped.begin(), shipped.end(), 259));
    EXPECT_LT(expected.size(), shipped.size());
    EXPECT_EQ(object["tokens"].get<Ids>(), expected);
}

TEST_F(TfmSharedCases, AVocabularyThatWasRoundedUpGeneratesText)
{
    auto const folder =
        made_of("padded", {cases() / "padded-vocab", cases() / "padded-vocab-tokenizer"});
    std::set<std::int32_t> drawn;
    for (int seed = 0; seed < 12; ++seed) {
        Arguments const arguments{
            "generate",      "--model", folder,   "--prompt",          "ab", "--top-k", "0",
            "--temperature", "10000",   "--seed", std::to_string(seed)};
        auto const object = run_tfm_json(arguments);
        EXPECT_FALSE(object["text"].is_null());
        for (auto const id : object["tokens"].get<Ids>()) drawn.insert(id);
    }
    EXPECT_LT(*drawn.rbegin(), 267) << "the tokenizer has 267 tokens, the model 288";
    EXPECT_GT(*drawn.rbegin(), 200);
    // Ids without a piece may be given, and are nothing as text.
    auto const given = run_tfm_json(
        {"generate", "--model", folder, "--tokens", "65,287,66", "-n", "3", "--greedy"});
    EXPECT_EQ(given["tokens"].size(), 3U);
}

} // namespace
