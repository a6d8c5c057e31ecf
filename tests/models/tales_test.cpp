/// \file
/// The shipped model against transformers: logits, greedy text, and its tokenizer's ids.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/tfm.hpp>

#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = gpt2::tales;

class Tales : public ::testing::Test {
protected:
    static std::filesystem::path model_folder()
    {
        return std::filesystem::path(TFM_MODELS_DIR) / "tales";
    }
    static std::filesystem::path data_folder()
    {
        return std::filesystem::path(TFM_TEST_DATA) / "gpt2" / "tales";
    }

    Decoder<shape> model = Decoder<shape>::load(model_folder());
};

TEST_F(Tales, LogitsEqualPyTorchs)
{
    SafeTensors const file = SafeTensors::open(data_folder() / "expected.safetensors");
    std::size_t sequences = 0;
    for (; file.find("tokens." + std::to_string(sequences)) != nullptr; ++sequences) {
        ReferenceLogits const reference = read_reference(file, "." + std::to_string(sequences));
        for (WorkspaceOptions const options :
             {WorkspaceOptions{.threads = 2}, WorkspaceOptions{.max_rows = 100, .threads = 1}}) {
            auto const all = all_logits<shape>(model, reference.tokens, options);
            EXPECT_LT(relative_difference(reference.logits,
                                          select_rows(all, reference.positions, shape.vocab)),
                      1e-4)
                << "sequence " << sequences << " of " << reference.tokens.size() << " tokens";
        }
    }
    EXPECT_GE(sequences, 5U);
}

TEST_F(Tales, GreedyTextEqualsTransformers)
{
    std::ifstream file(data_folder() / "greedy.json");
    auto const cases = nlohmann::json::parse(file);
    auto const tokenizer = Tokenizer::load(model_folder());
    Decoder<shape>::Workspace workspace({.threads = 2});
    EXPECT_EQ(cases.size(), 20U);
    for (auto const& test : cases) {
        auto const prompt = test["prompt"].get<std::string>();
        auto const prompt_ids = test["prompt_ids"].get<std::vector<Token>>();
        auto const expected = test["ids"].get<std::vector<Token>>();
        EXPECT_EQ(tokenizer.encode(prompt), prompt_ids) << prompt;
        Decoder<shape>::Session session;
        std::vector<Token> found;
        generate(model, workspace, session, prompt_ids,
                 {.max_new_tokens = expected.size(), .temperature = 0.0F}, [&](Token token) {
                     found.push_back(token);
                     return true;
                 });
        EXPECT_EQ(found, expected)
            << prompt
            << " (smallest margin between the two best logits: " << test["smallest_margin"] << ")";
        EXPECT_EQ(tokenizer.decode(found), test["text"].get<std::string>()) << prompt;
    }
}

} // namespace
