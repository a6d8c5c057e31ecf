/// \file
/// tfm logits: the file it writes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/io/safetensors.hpp>

#include "../models/reference_file.hpp"
#include "tfm_program.hpp"

namespace {

using namespace tfm_test;

constexpr std::size_t vocab = 4096;

class TfmLogits : public TfmProgram {
protected:
    static std::vector<float> read(const std::filesystem::path& path, std::size_t rows)
    {
        auto const file = tfm::SafeTensors::open(path);
        EXPECT_EQ(file.tensors().size(), 1U);
        EXPECT_EQ(file.at("logits").shape, (std::vector<std::size_t>{rows, vocab}));
        EXPECT_EQ(file.at("logits").dtype, tfm::FileDType::F32);
        return tfm::testing::read_numbers<float, float>(file, "logits");
    }
};

TEST_F(TfmLogits, OfTheLastTokenAreTheLastRowOfAll)
{
    auto const all_file = scratch("all.safetensors");
    auto const last_file = scratch("last.safetensors");
    Arguments const arguments{"logits", "--model", random(), "--tokens", "5,6,7", "--output"};
    auto with = [&](const std::filesystem::path& output) {
        Arguments complete = arguments;
        complete.push_back(output.string());
        return complete;
    };
    Arguments all = with(all_file);
    all.emplace_back("--all");
    ProgramResult const result = run_tfm(all);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out + result.err, "");
    auto const object = run_tfm_json(with(last_file));
    EXPECT_EQ(object["rows"], 1);
    EXPECT_EQ(object["output"], last_file.string());
    auto const rows = read(all_file, 3);
    auto const last = read(last_file, 1);
    for (std::size_t i = 0; i < vocab; ++i) EXPECT_NEAR(rows[2 * vocab + i], last[i], 1e-5);
}

TEST_F(TfmLogits, HaveTheGreedyTokenAtTheirTop)
{
    auto const file = scratch("top.safetensors");
    run_tfm_json({"logits", "--model", random(), "--tokens", "9,8,7", "--output", file.string()});
    auto const logits = read(file, 1);
    auto const top = std::max_element(logits.begin(), logits.end()) - logits.begin();
    auto const object =
        run_tfm_json({"generate", "--model", random(), "--tokens", "9,8,7", "--greedy", "-n", "1"});
    EXPECT_EQ(object["tokens"][0], top);
}

TEST_F(TfmLogits, EqualPyTorchsForTheShippedModel)
{
    if (!std::filesystem::exists(shipped_model() / "config.json"))
        GTEST_SKIP() << "examples/models/tales is missing";
    auto const references = tfm::SafeTensors::open(std::filesystem::path(TFM_TEST_DATA) /
                                                   "gpt2/tales/expected.safetensors");
    auto const reference = tfm::testing::read_reference(references, ".2");
    std::string tokens;
    for (auto const token : reference.tokens) tokens += std::to_string(token) + " ";
    auto const output = scratch("tales.safetensors");
    run_tfm_json({"logits", "--all", "--tokens", tokens, "--output", output.string()});
    auto const found = tfm::testing::select_rows(read(output, reference.tokens.size()),
                                                 reference.positions, vocab);
    ASSERT_EQ(found.size(), reference.logits.size());
    // tests/models compares more closely; here it is that the file holds these numbers.
    for (std::size_t i = 0; i < found.size(); ++i)
        ASSERT_NEAR(found[i], reference.logits[i], 1e-3) << i;
}

TEST_F(TfmLogits, LeaveNothingWhereTheyCannotBeWritten)
{
    auto const folder = scratch("output-folder");
    std::filesystem::create_directory(folder);
    Arguments const arguments{"logits", "--model", random(), "--tokens", "1", "--output"};
    auto const with = [&](const std::string& output) {
        Arguments all = arguments;
        all.push_back(output);
        return run_tfm(all);
    };
    expect_bad_input(with(folder.string()), {folder.string(), "directory"});
    expect_bad_input(with((folder / "none" / "file").string()), {"none/file", "cannot be written"});
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

} // namespace
