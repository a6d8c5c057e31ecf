/// \file
/// Models that transformers saved in shards generate transformers' greedy text
/// (tools/make_shard_references.py).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/gpt_neox.hpp>
#include <tfm/models/llama.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

class LoadShards : public ::testing::Test {
protected:
    template <DecoderShape S>
    void expect_greedy_text(const char* name) const
    {
        SafeTensors const file = SafeTensors::open(data / name / "expected.safetensors");
        auto const prompt = read_numbers<Token, std::int64_t>(file, "prompt");
        auto const greedy = read_numbers<Token, std::int64_t>(file, "greedy");
        auto tokens = prompt;
        tokens.insert(tokens.end(), greedy.begin(), greedy.end() - 1);
        ASSERT_FALSE(std::filesystem::exists(data / name / "model.safetensors"));
        auto const model = Decoder<S>::load(data / name);
        auto const logits = all_logits<S>(model, tokens);
        auto const vocab = static_cast<std::ptrdiff_t>(model.sizes().vocab);
        std::vector<Token> found;
        for (std::size_t i = prompt.size() - 1; i < tokens.size(); ++i) {
            auto const row = logits.begin() + static_cast<std::ptrdiff_t>(i) * vocab;
            found.push_back(static_cast<Token>(std::max_element(row, row + vocab) - row));
        }
        EXPECT_EQ(found, greedy) << name;
    }

    std::filesystem::path data = std::filesystem::path(TFM_TEST_DATA) / "shards";
};

constexpr DecoderShape any_qwen2 = [] {
    DecoderShape shape = llama_base;
    shape.biases.qkv = true;
    return shape.form();
}();

TEST_F(LoadShards, GenerateTransformersText)
{
    expect_greedy_text<gpt2::any>("gpt2");
    expect_greedy_text<gpt_neox_base.form()>("gpt_neox");
    expect_greedy_text<llama_base.form()>("llama");
    expect_greedy_text<llama_base.form()>("mistral");
    expect_greedy_text<any_qwen2>("qwen2");
}

} // namespace
