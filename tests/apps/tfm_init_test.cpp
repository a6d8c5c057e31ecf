/// \file
/// tfm init and info: a random model on disk, and what is said of it.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <tfm/io/safetensors.hpp>
#include <tfm/models/gpt2.hpp>

#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
namespace fs = std::filesystem;

class TfmInit : public TfmProgram {};

TEST_F(TfmInit, EqualSeedsGiveEqualFiles)
{
    auto const model_file = [](const fs::path& folder) {
        return file_text(folder / "model.safetensors");
    };
    auto const init = [](const std::string& seed, const fs::path& folder, const char* threads) {
        Arguments const arguments{"init", "--shape",  "tales",        "--seed",
                                  seed,   "--output", folder.string()};
        EXPECT_EQ(run_tfm(arguments, "", {{"OMP_NUM_THREADS", threads}}).status, 0);
    };
    init("3", scratch("again"), "1");
    EXPECT_TRUE(model_file(scratch("again")) == model_file(random()));
    init("4", scratch("other"), "2");
    EXPECT_FALSE(model_file(scratch("other")) == model_file(random()));
}

TEST_F(TfmInit, WritesWhatAnIndependentProgramMakesOfTheSeed)
{
    std::string const script =
        (fs::path(TFM_TEST_DATA) / "../apps/random_checkpoint_reference.py").string();
    std::string const command =
        std::string("'" TFM_PYTHON "' '") + script + "' '" + random() + "' 3 8";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(TfmInit, WritesTheConfigurationOfTheShape)
{
    auto const json = tfm::HuggingFaceConfig::open(fs::path(random()));
    auto const config = tfm::read_gpt2_shape(json);
    EXPECT_EQ(config.vocab, 4096U);
    EXPECT_EQ(config.context, 512U);
    EXPECT_EQ(config.width, 256U);
    EXPECT_EQ(config.heads, 8U);
    EXPECT_EQ(config.layers, 8U);
    EXPECT_EQ(config.hidden(), 1024U);
    EXPECT_EQ(json.number("layer_norm_epsilon"), 1e-5);
    EXPECT_TRUE(config.tied_head);
    auto const file = tfm::SafeTensors::open(fs::path(random()) / "model.safetensors");
    EXPECT_EQ(file.tensors().size(), 2U + 8U * 12U + 2U);
}

TEST_F(TfmInit, OverwritesOnlyWhenForced)
{
    Arguments arguments{
        "init", "--shape", "tales", "--seed", "9", "--output", scratch("forced").string()};
    EXPECT_EQ(run_tfm(arguments).status, 0);
    auto const first = file_text(scratch("forced") / "model.safetensors");
    arguments[4] = "10";
    expect_bad_input(run_tfm(arguments), {"forced/config.json", "--force"});
    EXPECT_TRUE(file_text(scratch("forced") / "model.safetensors") == first);
    arguments.emplace_back("--force");
    EXPECT_EQ(run_tfm_json(arguments)["seed"], 10);
    EXPECT_FALSE(file_text(scratch("forced") / "model.safetensors") == first);
}

TEST_F(TfmInit, LeavesNoFileWhenInterrupted)
{
    auto const folder = scratch("interrupted");
    // Large enough to be met at work.
    RunningProgram program({"init", "--shape", "medium", "--output", folder.string()});
    auto const has_file = [&] { return fs::is_directory(folder) && !fs::is_empty(folder); };
    for (int i = 0; i < 2000 && !has_file(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(has_file());
    program.send(SIGINT);
    ProgramResult const result = program.wait();
    EXPECT_EQ(result.status, 128 + SIGINT);
    EXPECT_EQ(result.out + result.err, "");
    EXPECT_TRUE(fs::is_empty(folder));
}

class TfmInfo : public TfmProgram {};

TEST_F(TfmInfo, TellsShapeMemoryAndBuild)
{
    auto const object = run_tfm_json({"info", "--model", with_tokenizer(), "--threads", "1"});
    EXPECT_EQ(object["name"], "tales");
    EXPECT_EQ(object["shape"]["width"], 256);
    EXPECT_EQ(object["shape"]["layers"], 8);
    // 4096 and 512 embeddings of 256; a block has 12 * 256^2 weights and 13 * 256 others.
    EXPECT_EQ(object["parameters"], (4096 + 512) * 256 + 8 * (12 * 256 * 256 + 13 * 256) + 2 * 256);
    EXPECT_EQ(object["weights_bytes"], 4 * object["parameters"].get<std::size_t>());
    EXPECT_EQ(object["stored_bytes"], object["weights_bytes"]);
    EXPECT_EQ(object["stored_dtype"], "F32");
    EXPECT_EQ(object["kv_cache_bytes"], 2 * 8 * 512 * 256 * 4);
    EXPECT_GT(object["workspace_bytes"], 2 * 512 * 256 * 4);
    EXPECT_EQ(object["tokenizer_vocab"], 1156);
    EXPECT_EQ(object["threads"], 1);
    EXPECT_NE(object.value("isa", ""), "");
    EXPECT_NE(object.value("cpu", ""), "");
}

TEST_F(TfmInfo, KnowsEveryShapeWithoutAFolder)
{
    std::map<std::string, std::size_t> const published{{"small", 124'439'808},
                                                       {"medium", 354'823'168},
                                                       {"large", 774'030'080},
                                                       {"xl", 1'557'611'200},
                                                       {"distil", 81'912'576}};
    for (const auto& [name, parameters] : published)
        EXPECT_EQ(run_tfm_json({"info", "--shape", name})["parameters"], parameters) << name;
}

TEST_F(TfmInfo, PrintsLinesForPeople)
{
    ProgramResult const result = run_tfm({"info", "--model", random()});
    EXPECT_EQ(result.status, 0);
    for (const char* const word : {"7.5 M", "30.0 MB", "8.4 MB", "context 512", "tokenizer   none"})
        EXPECT_NE(result.out.find(word), std::string::npos) << word << "\n" << result.out;
}

} // namespace
