/// \file
/// tfm on folders of every family and of any size, beside PyTorch's numbers: info, logits,
/// generate, pack and init.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/io/safetensors.hpp>

#include "../models/reference_file.hpp"
#include "../models/relative_difference.hpp"
#include "tfm_program.hpp"

namespace {

using namespace tfm_test;
using tfm::testing::read_numbers;
namespace fs = std::filesystem;

/// A folder that transformers wrote, and what PyTorch computes of it in float64.
struct Folder {
    const char* path;   ///< below tests/data
    const char* family; ///< its model_type
    std::size_t key_heads;
};

void PrintTo(const Folder& folder, std::ostream* out) { *out << folder.path; }

class TfmFamilies : public ::testing::TestWithParam<Folder> {
protected:
    void SetUp() override
    {
        if (!has_tfm_program()) GTEST_SKIP() << "the program tfm is not built";
    }

    static fs::path folder() { return fs::path(TFM_TEST_DATA) / GetParam().path; }

    static tfm::SafeTensors expected()
    {
        return tfm::SafeTensors::open(folder() / "expected.safetensors");
    }

    static std::vector<std::int32_t> tokens()
    {
        return read_numbers<std::int32_t, std::int64_t>(expected(), "tokens");
    }

    static std::string text_of(const std::vector<std::int32_t>& ids)
    {
        std::string text;
        for (auto const id : ids) text += std::to_string(id) + " ";
        return text;
    }

    std::vector<float> logits(const fs::path& model)
    {
        auto const output = scratch_ / "logits.safetensors";
        run_tfm_json({"logits", "--model", model.string(), "--tokens", text_of(tokens()), "--all",
                      "--output", output.string()});
        return read_numbers<float, float>(tfm::SafeTensors::open(output), "logits");
    }

    ScratchFolder scratch_;
};

TEST_P(TfmFamilies, HaveSizesAndMemory)
{
    auto const object = run_tfm_json({"info", "--model", folder().string(), "--threads", "1"});
    EXPECT_EQ(object["family"], GetParam().family);
    EXPECT_EQ(object["name"], GetParam().family);
    EXPECT_EQ(object["tokenizer_vocab"], nullptr);
    auto const& shape = object["shape"];
    EXPECT_EQ(shape["kv_heads"], GetParam().key_heads);
    // Keys and values in whole cells: positions and features of a head are rounded up to 16.
    auto const whole = [&](const char* size) {
        return (shape[size].get<std::size_t>() + 15) / 16 * 16;
    };
    EXPECT_EQ(object["kv_cache_bytes"], 2 * 4 * shape["layers"].get<std::size_t>() *
                                            GetParam().key_heads * whole("context") *
                                            whole("head_width"));
    // The file has every parameter once, in fp32.
    EXPECT_EQ(object["stored_bytes"], 4 * object["parameters"].get<std::size_t>());
    EXPECT_GE(object["weights_bytes"], object["stored_bytes"]);
}

TEST_P(TfmFamilies, GivePyTorchsLogits)
{
    auto const wanted = read_numbers<float, float>(expected(), "logits");
    EXPECT_LT(tfm::testing::relative_difference(wanted, logits(folder())), 1e-4);
}

TEST_P(TfmFamilies, ContinueWithPyTorchsLikeliestToken)
{
    // The logits of every token but the last foretell the next one.
    auto const wanted = read_numbers<float, float>(expected(), "logits");
    std::vector<std::int32_t> prompt = tokens();
    std::size_t const vocab = wanted.size() / prompt.size();
    auto const last = wanted.end() - static_cast<std::ptrdiff_t>(2 * vocab);
    auto const likeliest = std::max_element(last, last + static_cast<std::ptrdiff_t>(vocab)) - last;
    prompt.pop_back();
    Arguments const arguments{
        "generate", "--model", folder().string(), "--tokens", text_of(prompt), "--greedy",
        "-n",       "1"};
    EXPECT_EQ(run_tfm_json(arguments)["tokens"][0], likeliest);
    EXPECT_EQ(run_tfm(arguments).out, std::to_string(likeliest) + "\n");
}

TEST_P(TfmFamilies, ArePacked)
{
    auto const packed = scratch_ / "packed";
    ASSERT_EQ(run_tfm({"pack", "--model", folder().string(), "--output", packed.string()}).status,
              0);
    EXPECT_EQ(logits(packed), logits(folder()));
}

TEST_P(TfmFamilies, AreMadeUpFromTheirConfiguration)
{
    auto const made = scratch_ / "made";
    auto const object = run_tfm_json({"init", "--config", (folder() / "config.json").string(),
                                      "--seed", "5", "--output", made.string()});
    EXPECT_EQ(object["shape"], GetParam().family);
    EXPECT_EQ(file_text(made / "config.json"), file_text(folder() / "config.json"));
    // The same tensors as transformers wrote, of the same shapes.
    auto const theirs = tfm::SafeTensors::open(folder() / "model.safetensors");
    auto const ours = tfm::SafeTensors::open(made / "model.safetensors");
    EXPECT_EQ(ours.tensors().size(), theirs.tensors().size());
    for (const tfm::TensorInfo& tensor : theirs.tensors())
        EXPECT_EQ(ours.at(std::string(tensor.name)).shape, tensor.shape) << tensor.name;
    EXPECT_NE(logits(made), logits(folder()));
}

TEST(TfmTokenizer, OfAnotherFamilyIsNotTakenForGpt2s)
{
    if (!has_tfm_program()) GTEST_SKIP() << "the program tfm is not built";
    // Others have files of these names, too, but cut words by patterns that they do not state.
    ScratchFolder const scratch;
    fs::path const data = TFM_TEST_DATA;
    fs::copy(data / "decoders/gpt_neox_width36_parallel", scratch.path());
    for (const char* const name : {"vocab.json", "merges.txt"})
        fs::copy_file(data / "tokenizer/shuffled" / name, scratch / name);
    std::string const model = scratch.path().string();
    expect_bad_input(
        run_tfm({"tokenize", "--model", model}, "x"),
        {model, "config.json: 'model_type': expected GPT2Tokenizer", "found 'gpt_neox'"});
    ProgramResult const result =
        run_tfm({"generate", "--model", model, "--tokens", "1", "-n", "2"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out.find_first_not_of("0123456789 \n"), std::string::npos) << result.out;
}

INSTANTIATE_TEST_SUITE_P(Folders, TfmFamilies,
                         ::testing::Values(Folder{"decoders/gpt2_width28_silu", "gpt2", 2},
                                           Folder{"decoders/llama_width48_grouped", "llama", 2},
                                           Folder{"decoders/mistral_width44_window7", "mistral", 2},
                                           Folder{"decoders/qwen2_width50", "qwen2", 5},
                                           Folder{"decoders/gpt_neox_width36_parallel", "gpt_neox",
                                                  3}));

} // namespace
