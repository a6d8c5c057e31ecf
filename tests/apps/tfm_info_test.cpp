/// \file
/// tfm info on folders of every state: what is there, what would be used, what is refused and why.

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using json = nlohmann::json;
namespace fs = std::filesystem;

/// What tfm info says, and how it ends.
struct Told {
    int status;
    json object;
    std::string error;
};

class TfmInfoOfFolders : public TfmProgram {
protected:
    static Told info(const fs::path& folder)
    {
        ProgramResult const result = run_tfm({"info", "--model", folder.string(), "--json"});
        return {result.status, json::parse(result.out, nullptr, false), result.err};
    }

    static fs::path copy(const std::string& name)
    {
        fs::remove_all(scratch(name));
        fs::copy(with_tokenizer(), scratch(name));
        return scratch(name);
    }
};

TEST_F(TfmInfoOfFolders, SayWhatDecidedTheThreads)
{
    auto const folder = copy("threads").string();
    Arguments const arguments{"info", "--model", folder, "--json"};
    auto const told = [&](const Arguments& more, const Environment& environment) {
        Arguments all = arguments;
        all.insert(all.end(), more.begin(), more.end());
        json const object = json::parse(run_tfm(all, "", environment).out);
        return std::pair(object["threads"].get<int>(),
                         object["threads_decided_by"].get<std::string>());
    };
    EXPECT_EQ(told({"--threads", "1"}, {}), (std::pair<int, std::string>{1, "--threads"}));
    auto const [threads, decided_by] = told({}, {{"OMP_NUM_THREADS", "100000"}});
    EXPECT_LT(threads, 100000);
    if (decided_by == "no OpenMP in this build") return;
    EXPECT_TRUE(decided_by == "CPU affinity" || decided_by == "cgroup's CPU quota") << decided_by;
    if (threads > 1) {
        EXPECT_EQ(told({}, {{"OMP_NUM_THREADS", "1"}}),
                  (std::pair<int, std::string>{1, "OpenMP's setting"}));
    }
    ProgramResult const text = run_tfm({"info", "--model", folder, "--threads", "1"});
    EXPECT_NE(text.out.find("threads     1, by --threads\n"), std::string::npos) << text.out;
}

TEST_F(TfmInfoOfFolders, SayWhatWouldBeUsed)
{
    auto const folder = copy("whole");
    std::ofstream(folder / "generation_config.json") << R"({"eos_token_id": [7, 9]})";
    Told const told = info(folder);
    EXPECT_EQ(told.status, 0) << told.error;
    EXPECT_EQ(told.error, "");
    json const& object = told.object;
    EXPECT_EQ(object["family"], "gpt2");
    EXPECT_EQ(object["class"], "GPT2LMHeadModel");
    EXPECT_EQ(object["stored_file"], "model.safetensors");
    EXPECT_EQ(object["tokenizer"], "vocab.json and merges.txt");
    EXPECT_EQ(object["tokenizer_vocab"], 1156);
    EXPECT_EQ(object["end_of_text"], (json{7, 9}));
    EXPECT_EQ(object["end_of_text_from"], "generation_config.json");
    EXPECT_TRUE(object["chat_format"].is_null());
    EXPECT_EQ(object["problems"], json::array());
    EXPECT_EQ(object["files"].size(), 5U);
}

TEST_F(TfmInfoOfFolders, HideNoPartBehindABrokenOne)
{
    auto const folder = copy("broken-config");
    std::ofstream(folder / "config.json") << "{";
    Told told = info(folder);
    EXPECT_EQ(told.status, 2);
    EXPECT_NE(told.error.find("config.json"), std::string::npos) << told.error;
    EXPECT_EQ(told.object["stored_bytes"], 29992960);
    EXPECT_NE(told.object["tokenizer_problem"].get<std::string>().find("config.json"),
              std::string::npos)
        << "whether vocab.json is GPT-2's, config.json says";
    EXPECT_FALSE(told.object.contains("shape"));

    auto const weights = copy("broken-weights");
    fs::resize_file(weights / "model.safetensors", 1000);
    told = info(weights);
    EXPECT_EQ(told.status, 2);
    EXPECT_EQ(told.object["shape"]["width"], 256);
    EXPECT_EQ(told.object["problems"].size(), 1U);

    auto const generation = copy("broken-generation");
    std::ofstream(generation / "generation_config.json") << R"({"eos_token_id": 4096})";
    told = info(generation);
    EXPECT_EQ(told.status, 2) << "generate would refuse it";
    EXPECT_NE(told.error.find("'eos_token_id'"), std::string::npos) << told.error;

    fs::create_directory(scratch("empty"));
    told = info(scratch("empty"));
    EXPECT_EQ(told.status, 2);
    EXPECT_EQ(told.object["problems"].size(), 2U) << "no config.json and no weights";
}

TEST_F(TfmInfoOfFolders, ADecoderRunsWithoutATokenizerButSaysWhatIsWrongWithIt)
{
    auto const folder = copy("broken-tokenizer");
    std::ofstream(folder / "tokenizer.json") << R"({"model": {"type": "Unigram"}})";
    Told const told = info(folder);
    EXPECT_EQ(told.status, 0) << told.error;
    EXPECT_TRUE(told.object["tokenizer_vocab"].is_null());
    auto const problem = told.object["tokenizer_problem"].get<std::string>();
    EXPECT_NE(problem.find("tokenizer.json"), std::string::npos) << problem;
    // generate says so, too, and goes on with ids.
    ProgramResult const result = run_tfm(
        {"generate", "--model", folder.string(), "--tokens", "1", "-n", "2", "--seed", "1"});
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.err.find("tokenizer.json"), std::string::npos) << result.err;
    EXPECT_EQ(result.out.find_first_not_of("0123456789 \n"), std::string::npos) << result.out;
}

TEST_F(TfmInfoOfFolders, CheckTensorsByNameExtentsAndTypeWithoutReadingThem)
{
    auto const replace = [&](const std::string& from, const std::string& to) {
        auto const folder = copy("renamed");
        std::string text = file_text(folder / "model.safetensors");
        auto const place = text.find(from);
        EXPECT_NE(place, std::string::npos) << from;
        text.replace(place, from.size(), to);
        std::ofstream(folder / "model.safetensors", std::ios::binary) << text;
        return info(folder);
    };
    for (auto const& [from, to, word] :
         {std::array{"transformer.wpe.weight", "transformer.wpe.WEIGHT", "wpe.weight"},
          std::array{R"("shape":[4096,256])", R"("shape":[2048,512])", "[2048, 512]"},
          std::array{R"("transformer.ln_f.weight":{"dtype":"F32)",
                     R"("transformer.ln_f.weight":{"dtype":"I32)", "found I32"}}) {
        Told const told = replace(from, to);
        EXPECT_EQ(told.status, 2) << word;
        EXPECT_NE(told.error.find(word), std::string::npos) << told.error;
    }
}

TEST_F(TfmInfoOfFolders, RefuseAnInt8CacheForEncoders)
{
    std::string const encoder = TFM_TEST_DATA "/encoders/bert_width36_classifier";
    for (const Arguments& arguments :
         {Arguments{"info", "--model", encoder, "--precision", "int8_kv8"},
          Arguments{"classify", "--model", encoder, "--precision", "int8_kv8", "--tokens", "1"}})
        expect_bad_input(run_tfm(arguments), {"--precision", "for an encoder", "'int8_kv8'"});
    expect_bad_input(run_tfm({"embed", "--prompt", "a"}),
                     {"--model or TFM_MODEL", "none is shipped"});
    for (const char* const command : {"classify", "embed"}) {
        auto const help = run_tfm({command, "--help"}).out;
        EXPECT_EQ(help.find("int8_kv8"), std::string::npos);
        EXPECT_EQ(help.find("shipped model"), std::string::npos);
        EXPECT_NE(help.find("Usage: tfm " + std::string(command)), std::string::npos) << help;
    }
}

TEST_F(TfmInfoOfFolders, KnowThePublicReports)
{
    fs::path const cases = fs::path(TFM_SHARED_DIR) / "cases";
    if (!fs::exists(cases / "bin-only")) GTEST_SKIP() << "the shared cases are missing";
    struct Case {
        const char* folder;
        int status;
        const char* word;
    };
    for (auto const& [folder, status, word] :
         {Case{"eos-list", 0, "96,95"}, Case{"sharded", 0, "model.safetensors.index.json"},
          Case{"nctx", 0, "model.safetensors"}, Case{"bin-only", 2, "pytorch_model.bin"},
          Case{"lfs-pointer", 2, "LFS"}, Case{"html", 2, "server"},
          Case{"roberta", 2, "RobertaTokenizer"}}) {
        Told const told = info(cases / folder);
        EXPECT_EQ(told.status, status) << folder << told.error;
        EXPECT_NE(told.object.dump().find(word), std::string::npos) << folder << told.object;
    }
}

} // namespace
