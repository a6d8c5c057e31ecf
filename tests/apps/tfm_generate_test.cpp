/// \file
/// tfm generate: what it prints, where it stops, and what it says of itself.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/text/utf8.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using Ids = std::vector<std::int32_t>;

class TfmGenerate : public TfmProgram {};

std::string joined(const Ids& ids, char separator)
{
    std::string text;
    for (auto const id : ids)
        text += (text.empty() ? "" : std::string(1, separator)) + std::to_string(id);
    return text;
}

TEST_F(TfmGenerate, PrintsTheIdsOfTheContinuationWithoutATokenizer)
{
    Arguments const arguments{"generate", "--model", random(), "--tokens", "1,2,3",
                              "-n",       "8",       "--seed", "5"};
    ProgramResult const result = run_tfm(arguments);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err, "");
    auto const object = run_tfm_json(arguments);
    EXPECT_EQ(object["tokens"].size(), 8U);
    EXPECT_EQ(result.out, joined(object["tokens"].get<Ids>(), ' ') + "\n");
    EXPECT_TRUE(object["text"].is_null());
}

TEST_F(TfmGenerate, JsonHasEveryField)
{
    auto const object = run_tfm_json(
        {"generate", "--model", random(), "--tokens", "1 2 3", "-n", "4", "--threads", "1"});
    EXPECT_EQ(object["prompt_tokens"], (Ids{1, 2, 3}));
    EXPECT_EQ(object["stop_reason"], "max_new_tokens");
    EXPECT_EQ(object["precision"], "fp32");
    EXPECT_EQ(object["threads"], 1);
    EXPECT_TRUE(object["seed"].is_number_unsigned());
    for (const char* const name :
         {"load_ms", "ttft_ms", "tpot_ms", "tokens_per_s", "peak_rss_bytes"})
        EXPECT_GT(object.value(name, 0.0), 0.0) << name;
    for (const char* const name : {"version", "isa", "threading", "compiler", "model"})
        EXPECT_NE(object.value(name, ""), "") << name;
    EXPECT_GT(object["peak_rss_bytes"], 30'000'000) << "the weights alone take that";
}

TEST_F(TfmGenerate, EqualSeedsGiveEqualTokens)
{
    Arguments const arguments{"generate", "--model", random(), "--tokens", "7", "-n", "20"};
    auto const with_seed = [&](const std::string& seed) {
        Arguments seeded = arguments;
        seeded.insert(seeded.end(), {"--seed", seed});
        return run_tfm_json(seeded);
    };
    EXPECT_EQ(with_seed("1")["tokens"], with_seed("1")["tokens"]);
    EXPECT_NE(with_seed("1")["tokens"], with_seed("2")["tokens"]);
    EXPECT_EQ(with_seed("18446744073709551615")["seed"], UINT64_MAX);
    auto const unseeded = run_tfm_json(arguments);
    EXPECT_EQ(unseeded["tokens"], with_seed(unseeded["seed"].dump())["tokens"]);
}

TEST_F(TfmGenerate, GreedyTokensAreTheSameOnAnyNumberOfThreads)
{
    Ids expected;
    for (const char* const threads : {"1", "2", "3"}) {
        auto const object = run_tfm_json({"generate", "--model", random(), "--tokens", "7,8,9",
                                          "-n", "30", "--greedy", "--threads", threads});
        auto const found = object["tokens"].get<Ids>();
        if (expected.empty()) expected = found;
        EXPECT_EQ(found, expected) << threads << " threads";
    }
}

TEST_F(TfmGenerate, StopsAtTheContextLimitAndSaysSo)
{
    Ids const prompt(510, 11);
    ProgramResult const result = run_tfm(
        {"generate", "--model", random(), "--tokens", joined(prompt, ','), "--greedy", "--json"});
    EXPECT_EQ(result.status, 0);
    auto const object = nlohmann::json::parse(result.out);
    EXPECT_EQ(object["stop_reason"], "context_full");
    EXPECT_EQ(object["tokens"].size(), 3U) << "the last token needs no position";
    EXPECT_NE(result.err.find("context of 512"), std::string::npos) << result.err;
}

TEST_F(TfmGenerate, APromptThatFillsTheContextGetsOneToken)
{
    Ids const prompt(512, 11);
    auto const object = run_tfm_json(
        {"generate", "--model", random(), "--tokens", joined(prompt, ','), "--greedy"});
    EXPECT_EQ(object["tokens"].size(), 1U);
    EXPECT_TRUE(object["tpot_ms"].is_null());
    EXPECT_GT(object["ttft_ms"], 0.0);
}

TEST_F(TfmGenerate, ZeroTokensAreFine)
{
    auto const object = run_tfm_json({"generate", "--model", random(), "--tokens", "1", "-n", "0"});
    EXPECT_EQ(object["tokens"], Ids{});
    EXPECT_TRUE(object["ttft_ms"].is_null());
}

TEST_F(TfmGenerate, StopsBeforeTheEndOfTextToken)
{
    Arguments const arguments{"generate", "--tokens", "1,2,3", "-n", "8", "--greedy", "--model"};
    auto with_model = [&](const std::string& model) {
        Arguments all = arguments;
        all.push_back(model);
        return run_tfm_json(all);
    };
    auto const tokens = with_model(random())["tokens"].get<Ids>();
    // The same model with its third token for the end of text.
    auto const folder = scratch("ends");
    std::filesystem::create_directory(folder);
    std::filesystem::copy_file(std::filesystem::path(random()) / "model.safetensors",
                               folder / "model.safetensors");
    auto config = nlohmann::json::parse(file_text(std::filesystem::path(random()) / "config.json"));
    config["eos_token_id"] = tokens[2];
    std::ofstream(folder / "config.json") << config;

    auto const object = with_model(folder.string());
    EXPECT_EQ(object["stop_reason"], "end_of_text");
    auto const first = std::find(tokens.begin(), tokens.end(), tokens[2]);
    EXPECT_EQ(object["tokens"].get<Ids>(), Ids(tokens.begin(), first));
}

TEST_F(TfmGenerate, StopsBeforeAStopString)
{
    Arguments arguments{"generate", "-m", with_tokenizer(), "-n",       "30", "-s",
                        "2",        "-p", "The king",       "--no-echo"};
    auto const whole = run_tfm_json(arguments);
    auto const text = whole["text"].get<std::string>();
    ASSERT_GT(text.size(), 20U);
    std::string const stop = text.substr(9, 4);
    std::string const expected = text.substr(0, text.find(stop));
    arguments.insert(arguments.end(), {"--stop", "no such text", "--stop", stop});
    auto const object = run_tfm_json(arguments);
    EXPECT_EQ(object["text"], expected);
    EXPECT_EQ(object["stop_reason"], "stop_string");
    EXPECT_LT(object["tokens"].size(), whole["tokens"].size());
    EXPECT_EQ(run_tfm(arguments).out, expected + (expected.ends_with("\n") ? "" : "\n"));
    expect_bad_input(
        run_tfm({"generate", "-m", random(), "--tokens", "1", "-n", "1", "--stop", "x"}),
        {"--stop", "tokenizer"});
    expect_bad_input(run_tfm({"generate", "-p", "x", "--stop", ""}), {"--stop", "empty"});
}

TEST_F(TfmGenerate, ReturnsSeveralSequencesEachAsWithItsSeed)
{
    Arguments const arguments{"generate", "-m", random(), "--tokens", "1,2,3", "-n", "12"};
    auto const with = [&](const Arguments& more) {
        Arguments all = arguments;
        all.insert(all.end(), more.begin(), more.end());
        return run_tfm_json(all);
    };
    auto const several = with({"-s", "7", "--num-return-sequences", "3"});
    ASSERT_EQ(several["samples"].size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        auto const alone = with({"-s", std::to_string(7 + i)});
        EXPECT_EQ(several["samples"][i]["tokens"], alone["tokens"]);
        EXPECT_EQ(several["samples"][i]["seed"], 7 + i);
        EXPECT_FALSE(alone.contains("samples"));
    }
    EXPECT_EQ(several["tokens"], several["samples"][0]["tokens"]);
    ProgramResult const printed = run_tfm({"generate", "-m", random(), "--tokens", "1,2,3", "-n",
                                           "12", "-s", "7", "--num-return-sequences", "2"});
    EXPECT_EQ(printed.out, "[1] seed 7\n" + joined(several["tokens"].get<Ids>(), ' ') +
                               "\n[2] seed 8\n" +
                               joined(several["samples"][1]["tokens"].get<Ids>(), ' ') + "\n");
    expect_bad_input(run_tfm({"generate", "-m", random(), "--tokens", "1", "--temperature", "0",
                              "--num-return-sequences", "2"}),
                     {"--num-return-sequences", "expected 1"});
}

TEST_F(TfmGenerate, ReportsLogProbabilities)
{
    auto const object = run_tfm_json(
        {"generate", "-m", random(), "--tokens", "1,2", "-n", "3", "--greedy", "--logprobs", "4"});
    auto const tokens = object["tokens"].get<Ids>();
    ASSERT_EQ(object["logprobs"].size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        auto const& known = object["logprobs"][i];
        EXPECT_EQ(known["token"], tokens[i]);
        ASSERT_EQ(known["likeliest"].size(), 4U);
        EXPECT_EQ(known["likeliest"][0]["token"], tokens[i]);
        EXPECT_EQ(known["likeliest"][0]["logprob"], known["logprob"]);
        EXPECT_LT(known["logprob"], 0.0);
        EXPECT_LE(known["likeliest"][1]["logprob"], known["logprob"]);
    }
    expect_bad_input(run_tfm({"generate", "--tokens", "1", "--logprobs", "4"}), {"--json"});
}

TEST_F(TfmGenerate, StopsWhenItsTimeIsUpAndWhereItsContextEnds)
{
    Arguments const arguments{"generate", "-m", random(), "--tokens", "1,2,3", "-n", "400"};
    auto const with = [&](const Arguments& more) {
        Arguments all = arguments;
        all.insert(all.end(), more.begin(), more.end());
        return run_tfm_json(all);
    };
    auto const late = with({"--max-time", "1e-6"});
    EXPECT_EQ(late["stop_reason"], "max_time");
    EXPECT_EQ(late["tokens"].size(), 1U);
    auto const full = with({"-c", "10", "-t", "1"});
    EXPECT_EQ(full["stop_reason"], "context_full");
    EXPECT_EQ(full["tokens"].size(), 8U) << "the last token needs no position";
    expect_bad_input(run_tfm({"generate", "-m", random(), "--tokens", "1,2,3", "-c", "2"}),
                     {"--ctx-size", "2 tokens"});
}

TEST_F(TfmGenerate, EchoesThePromptUnlessToldNotTo)
{
    Arguments const arguments{"generate", "--model", with_tokenizer(), "-n",      "12",
                              "--seed",   "2",       "--prompt",       "The king"};
    ProgramResult const echoed = run_tfm(arguments);
    EXPECT_TRUE(echoed.out.starts_with("The king")) << echoed.out;
    EXPECT_TRUE(echoed.out.ends_with("\n"));
    Arguments silent = arguments;
    silent.emplace_back("--no-echo");
    EXPECT_EQ("The king" + run_tfm(silent).out, echoed.out);
    auto const text = run_tfm_json(arguments)["text"].get<std::string>();
    EXPECT_EQ("The king" + text + "\n", echoed.out);
}

TEST_F(TfmGenerate, TakesThePromptFromAnOptionAFileOrStandardInput)
{
    std::ofstream(scratch("prompt.txt")) << "The king\n";
    Arguments const arguments{"generate", "--model", with_tokenizer(), "-n", "4", "--seed", "2"};
    auto const with = [&](const Arguments& more, std::string_view input) {
        Arguments all = arguments;
        all.insert(all.end(), more.begin(), more.end());
        return run_tfm_json(all, input)["prompt_tokens"].get<Ids>();
    };
    Ids const expected = with({"--prompt", "The king"}, "ignored");
    EXPECT_EQ(with({"--prompt-file", scratch("prompt.txt").string()}, "ignored"), expected);
    EXPECT_EQ(with({}, "The king"), expected);
    EXPECT_EQ(with({}, "The king\r\n"), expected);
    EXPECT_NE(with({}, "The king\n\n"), expected) << "only one line ending is dropped";
    EXPECT_EQ(with({"--prompt=-[a,b]"}, "").size(), with({}, "-[a,b]").size());
}

TEST_F(TfmGenerate, AnEmptyPromptBeginsANewText)
{
    auto const object =
        run_tfm_json({"generate", "--model", with_tokenizer(), "-n", "2", "--prompt", ""});
    EXPECT_EQ(object["prompt_tokens"].size(), 1U);
}

TEST_F(TfmGenerate, NeverPrintsHalfACharacter)
{
    // Every token alike: among them single bytes of characters, and ids that the tokenizer lacks.
    for (const char* const seed : {"1", "2", "3"}) {
        Arguments const arguments{"generate", "--model", with_tokenizer(),
                                  "-n",       "300",     "--temperature",
                                  "100000",   "--top-k", "0",
                                  "--seed",   seed,      "--prompt",
                                  "x"};
        std::string const text = run_tfm(arguments).out;
        EXPECT_EQ(tfm::to_valid_utf8(text), text);
        EXPECT_NE(text.find("\xEF\xBF\xBD"), std::string::npos);
        auto const json = run_tfm_json(arguments)["text"].get<std::string>();
        EXPECT_EQ(tfm::to_valid_utf8(json), json);
    }
}

TEST_F(TfmGenerate, EndsQuietlyWhenTheReaderLeaves)
{
    auto const status = scratch("status");
    auto const errors = scratch("errors");
    // Also where whoever runs the program ignores the signal.
    for (std::string const before : {"", "trap '' PIPE; "}) {
        std::string const command = before + "( '" TFM_PROGRAM "' generate --model '" + random() +
                                    "' --tokens 1 -n 400 2>'" + errors.string() + "'; echo $? >'" +
                                    status.string() + "' ) | head -c 10";
        EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0);
        EXPECT_EQ(file_text(errors), "");
        EXPECT_EQ(file_text(status), std::to_string(128 + SIGPIPE) + "\n");
    }
}

class TfmGenerateShipped : public TfmProgram {
protected:
    void SetUp() override
    {
        TfmProgram::SetUp();
        if (!std::filesystem::exists(shipped_model() / "config.json"))
            GTEST_SKIP() << "examples/models/tales is missing";
    }
};

TEST_F(TfmGenerateShipped, IsTheDefaultUnlessTheEnvironmentNamesAnother)
{
    EXPECT_EQ(run_tfm_json({"generate", "--prompt", "A king", "-n", "1"})["model"],
              shipped_model().string());
    ProgramResult const other =
        run_tfm({"generate", "--tokens", "1", "-n", "1", "--json"}, "", {{"TFM_MODEL", random()}});
    EXPECT_EQ(nlohmann::json::parse(other.out)["model"], random());
}

TEST_F(TfmGenerateShipped, GreedyTextEqualsTransformers)
{
    auto const cases = nlohmann::json::parse(
        file_text(std::filesystem::path(TFM_TEST_DATA) / "gpt2/tales/greedy.json"));
    // tests/models compares all of it; here it is the way to the output that is tested.
    constexpr std::size_t count = 64;
    for (std::size_t i = 0; i < cases.size(); i += 10) {
        auto const& expected = cases[i];
        auto const object = run_tfm_json(
            {"generate", "--greedy", "--prompt", expected["prompt"], "-n", std::to_string(count)});
        EXPECT_EQ(object["prompt_tokens"], expected["prompt_ids"]);
        auto ids = expected["ids"].get<Ids>();
        ids.resize(count);
        EXPECT_EQ(object["tokens"], ids);
        auto const text = object["text"].get<std::string>();
        EXPECT_TRUE(expected["text"].get<std::string>().starts_with(text)) << text;
    }
}

} // namespace
