/// \file
/// tfm perplexity and tfm compare: the shipped model's figures beside PyTorch's, and bad input.

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using nlohmann::json;
namespace fs = std::filesystem;

fs::path data(const std::string& name) { return fs::path(TFM_TEST_DATA) / "eval" / name; }

class TfmEval : public TfmProgram {
protected:
    void SetUp() override
    {
        TfmProgram::SetUp();
        if (IsSkipped()) return;
        if (!fs::exists(shipped_model() / "config.json"))
            GTEST_SKIP() << "examples/models/tales is missing";
        std::ifstream file(data("tales.json"));
        expected = json::parse(file);
    }

    static std::string story() { return data("story.txt").string(); }

    static std::string text_file(const std::string& text)
    {
        std::ofstream(scratch("text.txt")) << text;
        return scratch("text.txt").string();
    }

    /// The shipped model with its last two blocks in each other's place.
    static std::string swapped()
    {
        fs::path const folder = scratch("swapped");
        fs::create_directory(folder);
        for (const char* const name : {"config.json", "vocab.json", "merges.txt"})
            fs::copy_file(shipped_model() / name, folder / name,
                          fs::copy_options::overwrite_existing);
        constexpr std::string_view prefix = "transformer.h.";
        std::string text = file_text(shipped_model() / "model.safetensors");
        for (std::size_t at = text.find(prefix); at != text.npos; at = text.find(prefix, at)) {
            at += prefix.size();
            if (text[at] == '6' || text[at] == '7') text[at] = text[at] == '6' ? '7' : '6';
        }
        std::ofstream(folder / "model.safetensors", std::ios::binary) << text;
        return folder.string();
    }

    /// Numbers, lists of them, or null.
    static void expect_close(const json& found, const json& wanted, double relative)
    {
        ASSERT_EQ(found.type(), wanted.type()) << found;
        if (wanted.is_number()) {
            double const value = wanted;
            EXPECT_NEAR(found.get<double>(), value, relative * value);
        } else if (wanted.is_array()) {
            ASSERT_EQ(found.size(), wanted.size());
            for (std::size_t i = 0; i < wanted.size(); ++i)
                expect_close(found[i], wanted[i], relative);
        }
    }

    json expected;
};

TEST_F(TfmEval, ReadsTheTokensOfTheWitness)
{
    auto const object = run_tfm_json({"tokenize"}, file_text(story()));
    EXPECT_EQ(object["tokens"], expected["tokens"]);
}

TEST_F(TfmEval, PerplexityEqualsPyTorchs)
{
    for (const json& wanted : expected["perplexity"]) {
        Arguments arguments{"perplexity", "--text", story(), "--threads", "2"};
        if (wanted["window"] != 512) {
            arguments.insert(arguments.end(), {"--window", wanted["window"].dump()});
            if (wanted["stride"] != wanted["window"].get<int>() / 2)
                arguments.insert(arguments.end(), {"--stride", wanted["stride"].dump()});
        }
        if (!wanted["max_tokens"].is_null())
            arguments.insert(arguments.end(), {"--max-tokens", wanted["max_tokens"].dump()});
        auto const object = run_tfm_json(arguments);
        SCOPED_TRACE(object.dump());
        expect_close(object["perplexity"], wanted["perplexity"], 1e-4);
        expect_close(object["perplexity_interval"], wanted["interval"], 1e-4);
        EXPECT_EQ(object["scored_tokens"], wanted["scored"]);
        EXPECT_EQ(object["window"], wanted["window"]);
        EXPECT_EQ(object["stride"], wanted["stride"]);
        EXPECT_EQ(object["precision"], "fp32");
        EXPECT_EQ(object["text"], story());
        EXPECT_GT(object["tokens_per_s"], 0);
    }
}

TEST_F(TfmEval, ComparisonEqualsPyTorchs)
{
    auto const object = run_tfm_json({"compare", "--model", swapped(), "--model-against",
                                      shipped_model().string(), "--text", story()});
    SCOPED_TRACE(object.dump());
    const json& wanted = expected["compare"];
    for (std::size_t i = 0; i < 2; ++i) {
        const json& model = object[i == 0 ? "reference" : "candidate"];
        expect_close(model["perplexity"], wanted["perplexities"][i], 1e-4);
        expect_close(model["perplexity_interval"], wanted["perplexity_intervals"][i], 1e-4);
    }
    EXPECT_EQ(object["reference"]["model"], shipped_model().string());
    expect_close(object["perplexity_ratio"], wanted["ratio"], 1e-4);
    expect_close(object["perplexity_ratio_interval"], wanted["ratio_interval"], 1e-4);
    expect_close(object["kl_mean"], wanted["kl_mean"], 1e-4);
    expect_close(object["kl_max"], wanted["kl_max"], 1e-4);
    // Where two tokens are equally likely but for rounding, either may come first.
    double const one_token = 1.0 / object["scored_tokens"].get<double>();
    EXPECT_NEAR(object["top1_agreement"], wanted["top1"], one_token);
    EXPECT_NEAR(object["top5_agreement"], wanted["top5"], one_token);
    const json& drift = object["logit_drift"];
    expect_close(drift["reference_deviation"], wanted["deviation"], 1e-4);
    expect_close(drift["absolute"]["mean"], wanted["difference"][0], 1e-4);
    expect_close(drift["absolute"]["median"], wanted["difference"][1],
                 1e-4 + drift["median_relative_error"].get<double>());
    expect_close(drift["absolute"]["max"], wanted["difference"][2], 1e-4);
    expect_close(drift["over_deviation"]["max"],
                 wanted["difference"][2].get<double>() / wanted["deviation"].get<double>(), 1e-4);
}

TEST_F(TfmEval, AModelEqualsItself)
{
    auto const object = run_tfm_json({"compare", "--precision", "fp32", "--against", "fp32",
                                      "--text", story(), "--max-tokens", "60", "--window", "32"});
    EXPECT_EQ(object["perplexity_ratio"], 1.0);
    EXPECT_TRUE(object["perplexity_ratio_interval"].is_null()); // of fewer than 65 tokens
    EXPECT_EQ(object["kl_max"], 0.0);
    EXPECT_EQ(object["top1_agreement"], 1.0);
    EXPECT_EQ(object["top5_agreement"], 1.0);
    EXPECT_EQ(object["logit_drift"]["absolute"]["max"], 0.0);
    EXPECT_EQ(object["scored_tokens"], 59);
}

TEST_F(TfmEval, PrintsTablesForPeople)
{
    for (std::string const command : {"perplexity", "compare"}) {
        ProgramResult const result =
            run_tfm({command, "--text", story(), "--max-tokens", "200", "--threads", "1"});
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.err, "");
        EXPECT_TRUE(result.out.starts_with("tfm ")) << result.out;
        for (const char* const word :
             {"tales, 7.5 M parameters, fp32\n", "200 tokens, 199 of them scored",
              "windows of 512 with a stride of 256\n\n| perplexity (95 % interval) | "})
            EXPECT_NE(result.out.find(word), std::string::npos) << word << "\n" << result.out;
        bool const compares =
            result.out.find("\n| same most likely token | 100.00 % |\n") != std::string::npos;
        EXPECT_EQ(compares, command == "compare") << result.out;
    }
}

TEST_F(TfmEval, SaysWhatIsWrongWithTheText)
{
    for (std::string const command : {"perplexity", "compare"}) {
        auto const run = [&](Arguments arguments) {
            arguments.insert(arguments.begin(), command);
            return run_tfm(arguments);
        };
        expect_bad_input(run({}), {"--text"});
        expect_bad_input(run({"--text", "none.txt"}), {"none.txt: cannot be opened"});
        expect_bad_input(run({"--text", scratch("").string()}), {"cannot be read"});
        expect_bad_input(run({"--text", text_file("")}), {"text.txt: expected a text", "found 0"});
        expect_bad_input(run({"--text", text_file("a")}), {"at least 2 tokens, found 1"});
        expect_bad_input(run({"--text", story(), "--model", random()}), {random(), "vocab.json"});
    }
}

TEST_F(TfmEval, SaysWhichModelOverflows)
{
    // Gains near the largest bf16, which loading takes, after the last block.
    fs::path const folder = swapped();
    fs::path const file = folder / "model.safetensors";
    std::string text = file_text(file);
    std::size_t header = 0;
    std::memcpy(&header, text.data(), 8);
    auto const entry = json::parse(text.substr(8, header))["transformer.ln_f.weight"];
    ASSERT_EQ(entry["dtype"], "BF16");
    std::size_t const end = entry["data_offsets"][1];
    for (std::size_t at = entry["data_offsets"][0]; at < end; at += 2)
        text.replace(8 + header + at, 2, "\x7F\x7F");
    std::ofstream(file, std::ios::binary) << text;
    for (std::string const option : {"--model", "--model-against"})
        expect_bad_input(
            run_tfm({"compare", "--text", story(), "--max-tokens", "9", option, folder.string()}),
            {folder.string() + " in fp32: the logits after token 0 of ", "expected finite"});
    expect_bad_input(
        run_tfm({"perplexity", "--text", story(), "--max-tokens", "9", "--model", folder.string()}),
        {folder.string() + " in fp32: the logits after token 0 of "});
}

TEST_F(TfmEval, SaysWhatIsWrongWithTheOptions)
{
    std::vector<std::pair<Arguments, std::string>> const cases{
        {{"--stride", "0"}, "--stride: expected 1 to the window of 512, found 0"},
        {{"--stride", "513"}, "--stride: expected 1 to the window of 512, found 513"},
        {{"--window", "64", "--stride", "65"}, "the window of 64, found 65"},
        {{"--window", "1"}, "--window: expected 2 to the model's context of 512, found 1"},
        {{"--window", "513"}, "--window: expected 2 to the model's context of 512, found 513"},
        {{"--stride", "-1"}, "--stride"},
        {{"--max-tokens", "1"}, "--max-tokens"},
        {{"--precision", "fp8"}, "--precision: expected one of fp32"},
    };
    for (const auto& [options, word] : cases) {
        for (const char* const command : {"perplexity", "compare"}) {
            Arguments arguments{command, "--text", story()};
            arguments.insert(arguments.end(), options.begin(), options.end());
            expect_bad_input(run_tfm(arguments), {word});
        }
    }
}

TEST_F(TfmEval, SaysWhatIsWrongWithTheReference)
{
    auto const against = [&](const std::string& option, const std::string& value) {
        return run_tfm({"compare", "--text", story(), option, value});
    };
    expect_bad_input(against("--against", "fp8"), {"--against: expected one of fp32", "'fp8'"});
    expect_bad_input(against("--model-against", "none"), {"--model-against", "found nothing"});
    expect_bad_input(against("--model-against", with_tokenizer()),
                     {"--model-against: expected a tokenizer", with_tokenizer()});
    fs::path const folder = scratch("distil");
    fs::create_directory(folder);
    std::ofstream(folder / "config.json")
        << R"({"model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 768,)"
           R"( "n_head": 12, "n_layer": 6})";
    expect_bad_input(against("--model-against", folder.string()),
                     {"--model-against", "4096", "found 50257"});
}

} // namespace
