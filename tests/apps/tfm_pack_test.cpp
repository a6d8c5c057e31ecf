/// \file
/// tfm pack: a packed folder takes the place of the model's own in every command.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using nlohmann::json;
namespace fs = std::filesystem;

class TfmPack : public TfmProgram {
protected:
    void SetUp() override
    {
        TfmProgram::SetUp();
        if (IsSkipped()) return;
        if (!fs::exists(shipped_model() / "config.json"))
            GTEST_SKIP() << "examples/models/tales is missing";
    }

    static std::string packed(const std::string& precision)
    {
        return scratch("packed-" + precision).string();
    }

    static ProgramResult pack(const std::string& precision, const Arguments& more = {})
    {
        Arguments arguments{"pack",    "--model",  shipped_model().string(), "--precision",
                            precision, "--output", packed(precision)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_tfm(arguments);
    }

    static std::string greedy_text(const std::string& model, const std::string& precision)
    {
        ProgramResult const result =
            run_tfm({"generate", "--model", model, "--precision", precision, "--greedy", "--prompt",
                     "Once upon a time", "-n", "24"});
        EXPECT_EQ(result.status, 0) << result.err;
        return result.out;
    }
};

TEST_F(TfmPack, FoldersGenerateWhatTheModelDoes)
{
    for (std::string const precision : {"fp32", "bf16", "int8"}) {
        ASSERT_EQ(pack(precision).status, 0);
        EXPECT_FALSE(fs::exists(fs::path(packed(precision)) / "model.safetensors"));
        EXPECT_EQ(greedy_text(packed(precision), precision),
                  greedy_text(shipped_model().string(), precision))
            << precision;
    }
    EXPECT_EQ(greedy_text(packed("int8"), "int8_weights"),
              greedy_text(shipped_model().string(), "int8_weights"));
}

TEST_F(TfmPack, OfTwoAtOnceOneWinsAndTheOtherSaysSo)
{
    std::string const output = scratch("packed-at-once").string();
    Arguments const arguments{"pack", "--model", shipped_model().string(), "--output", output};
    RunningProgram first(arguments);
    RunningProgram second(arguments);
    ProgramResult results[]{first.wait(), second.wait()};
    if (results[0].status != 0) std::swap(results[0], results[1]);
    EXPECT_EQ(results[0].status, 0) << results[0].err;
    EXPECT_EQ(results[1].status, 2) << results[1].err;
    EXPECT_NE(results[1].err.find("packed-at-once"), std::string::npos) << results[1].err;
    EXPECT_EQ(greedy_text(output, "fp32"), greedy_text(shipped_model().string(), "fp32"));
}

TEST_F(TfmPack, AFolderThatAnotherProcessWritesToIsLeftAlone)
{
    fs::path const folder = scratch("packed-claimed");
    fs::create_directory(folder);
    int const claim = ::open(folder.c_str(), O_RDONLY);
    ASSERT_EQ(::flock(claim, LOCK_EX), 0);
    for (Arguments const& command : {Arguments{"pack", "--model", shipped_model().string()},
                                     Arguments{"init", "--shape", "tales"}}) {
        Arguments arguments = command;
        arguments.insert(arguments.end(), {"--output", folder.string(), "--force"});
        expect_bad_input(run_tfm(arguments), {"packed-claimed", "no other process"});
    }
    EXPECT_TRUE(fs::is_empty(folder));
    ::close(claim);
}

/// Runs tfm with a limit of the shell's: `ulimit LIMIT`.
ProgramResult run_limited(const std::string& limit, const std::string& arguments)
{
    ScratchFolder const scratch;
    std::string const command = "ulimit " + limit + "; exec " TFM_PROGRAM " " + arguments + " >" +
                                (scratch / "out").string() + " 2>" + (scratch / "err").string();
    int const status = std::system(command.c_str());
    return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
            file_text(scratch / "out"), file_text(scratch / "err")};
}

TEST_F(TfmPack, ALimitOfFileSizesLeavesNothing)
{
    fs::path const folder = scratch("packed-limited");
    ProgramResult const result = run_limited("-f 100", "pack --model " + shipped_model().string() +
                                                           " --output " + folder.string());
    expect_bad_input(result, {"packed-limited", "cannot be written", "File too large"});
    EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(TfmPack, FoldersServeTheOtherCommands)
{
    ASSERT_EQ(pack("int8", {"--json", "--force"}).status, 0);
    ProgramResult const info = run_tfm({"info", "--model", packed("int8"), "--json"});
    EXPECT_EQ(info.status, 0) << info.err;
    ProgramResult const bench =
        run_tfm({"bench", "--model", packed("int8"), "--precision", "int8", "--threads", "1",
                 "--rounds", "1", "--only", "start|decode/context:0", "--json"});
    ASSERT_EQ(bench.status, 0) << bench.err;
    EXPECT_EQ(json::parse(bench.out)["results"].size(), 2U);
}

TEST_F(TfmPack, RefusesWhatWouldSurprise)
{
    ASSERT_EQ(pack("bf16", {"--force"}).status, 0);
    ProgramResult const again = pack("bf16");
    EXPECT_EQ(again.status, 2);
    EXPECT_NE(again.err.find("--force replaces it"), std::string::npos) << again.err;
    ProgramResult const other =
        run_tfm({"generate", "--model", packed("bf16"), "--precision", "int8", "--prompt", "a"});
    EXPECT_EQ(other.status, 2);
    EXPECT_NE(other.err.find("expected 'int8', found 'bf16'"), std::string::npos) << other.err;
    ProgramResult const own = run_tfm(
        {"pack", "--model", shipped_model().string(), "--output", shipped_model().string()});
    EXPECT_EQ(own.status, 2);
    EXPECT_NE(own.err.find("another folder"), std::string::npos) << own.err;
    // Neither does --force mix two models: what another has and this one lacks goes, and a model
    // that is not packed stays as it is.
    std::ofstream(fs::path(packed("int8")) / "tokenizer.json") << "{}";
    EXPECT_EQ(pack("int8").status, 2);
    ASSERT_EQ(pack("int8", {"--force"}).status, 0);
    EXPECT_FALSE(fs::exists(fs::path(packed("int8")) / "tokenizer.json"));
    std::ofstream(fs::path(packed("int8")) / "model.safetensors") << "weights";
    ProgramResult const mixed = pack("int8", {"--force"});
    EXPECT_EQ(mixed.status, 2);
    EXPECT_NE(mixed.err.find("another folder"), std::string::npos) << mixed.err;
    EXPECT_EQ(file_text(fs::path(packed("int8")) / "model.safetensors"), "weights");
    ProgramResult const blocked = run_tfm({"pack", "--model", shipped_model().string(), "--output",
                                           (shipped_model() / "config.json").string()});
    EXPECT_EQ(blocked.status, 2);
}

} // namespace
