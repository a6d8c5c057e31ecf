/// \file
/// Folders made in the manner of public bug reports, where they are at hand: all but one hold the
/// weights of a folder of tests/data whose logits PyTorch computed.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../kernels/error_message.hpp"
#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

class LoadCases : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!std::filesystem::is_directory(cases)) GTEST_SKIP() << "shared/cases is not here";
    }

    std::filesystem::path cases = std::filesystem::path(TFM_SHARED_DIR) / "cases";
};

TEST_F(LoadCases, GiveTheLogitsOfTheFolderTheyWereMadeOf)
{
    auto const source = std::filesystem::path(TFM_TEST_DATA) / "gpt2/heads3_width36";
    ReferenceLogits const reference = read_reference(source / "expected.safetensors");
    for (const char* const name :
         {"sharded", "orig-mod", "orig-mod/module", "f8-extra", "f8-extra/c64", "f64", "nctx",
          "eos-list", "act-gelu-fast", "infinity"}) {
        auto const model = Decoder<gpt2::any>::load(cases / name);
        auto const logits = all_logits<gpt2::any>(model, reference.tokens);
        auto const found = select_rows(logits, reference.positions, model.sizes().vocab);
        EXPECT_LT(relative_difference(reference.logits, found), 1e-4) << name;
    }
}

TEST_F(LoadCases, ATiedHeadThatDiffersIsUsed)
{
    SafeTensors const file =
        SafeTensors::open(folder_of("llama_width48_grouped") / "expected.safetensors");
    constexpr DecoderShape any_llama = llama_base.form();
    auto const model = Decoder<any_llama>::load(cases / "tied-but-differs");
    auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    EXPECT_LT(relative_difference(read_numbers<float, float>(file, "logits"),
                                  all_logits<any_llama>(model, tokens)),
              1e-4);
}

TEST_F(LoadCases, SayWhatTheyLack)
{
    auto const error = [&](const char* name) {
        return test::error_message([&] { (void)Decoder<gpt2::any>::load(cases / name); });
    };
    EXPECT_NE(error("bin-only").find("found only pytorch_model.bin, a Python pickle"),
              std::string::npos);
    EXPECT_NE(error("lfs-pointer").find("found a Git LFS pointer"), std::string::npos);
    EXPECT_NE(error("html").find("found 'Access to model is restricted'"), std::string::npos);
    EXPECT_NE(test::error_message([&] {
                  (void)SafeTensors::open(cases / "html/model.safetensors");
              }).find("found text that begins with 'Entry not found'"),
              std::string::npos);
}

} // namespace
