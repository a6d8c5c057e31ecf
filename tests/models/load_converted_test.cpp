/// \file
/// What the converters of tools/ make of files that are not read: the folders give the logits that
/// PyTorch, or llama2.c's own steps, compute.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/llama.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../io/scratch_folder.hpp"
#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

const std::filesystem::path data(TFM_TEST_DATA);

/// Runs a Python script of the source tree with these arguments.
int run(const std::string& script, const std::string& arguments)
{
    return std::system(("PYTHONDONTWRITEBYTECODE=1 '" TFM_PYTHON "' '" + (data / "../..").string() +
                        "/" + script + "' " + arguments)
                           .c_str());
}

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

void expect_pytorchs_logits(const std::filesystem::path& folder, const char* reference_folder)
{
    ReferenceLogits const reference =
        read_reference(data / "gpt2" / reference_folder / "expected.safetensors");
    auto const model = Decoder<gpt2::any>::load(folder);
    auto const logits = all_logits<gpt2::any>(model, reference.tokens);
    EXPECT_LT(relative_difference(reference.logits,
                                  select_rows(logits, reference.positions, model.sizes().vocab)),
              1e-4);
}

/// What torch_save.py makes of the weights of a folder.
int save(const char* kind, const char* folder, const std::filesystem::path& output)
{
    return run("tests/models/torch_save.py",
               std::string(kind) + " " + quoted(data / "gpt2" / folder / "model.safetensors") +
                   " " + quoted(output));
}

TEST(ConvertStateDict, ReadsAHuggingFaceFolder)
{
    for (const char* const source : {"heads3_width36", "heads3_width48_bf16"}) {
        tfm_test::ScratchFolder const folder;
        folder.write("config.json", tfm_test::file_text(data / "gpt2" / source / "config.json"));
        ASSERT_EQ(save("state_dict", source, folder / "pytorch_model.bin"), 0);
        auto const output = folder / "converted";
        ASSERT_EQ(run("tools/convert_state_dict.py",
                      quoted(folder.path()) + " --output " + quoted(output)),
                  0);
        expect_pytorchs_logits(output, source);
    }
}

TEST(ConvertStateDict, ReadsNanoGptsCheckpoint)
{
    tfm_test::ScratchFolder const folder;
    ASSERT_EQ(save("nanogpt", "heads3_width36_linear", folder / "ckpt.pt"), 0);
    // The model behind the reference has GPT-2's GELU.
    ASSERT_EQ(run("tools/convert_state_dict.py", quoted(folder / "ckpt.pt") +
                                                     " --activation gelu_new --output " +
                                                     quoted(folder.path())),
              0);
    expect_pytorchs_logits(folder.path(), "heads3_width36_linear");
    ASSERT_EQ(run("tools/convert_state_dict.py",
                  quoted(folder / "ckpt.pt") + " --output " + quoted(folder.path())),
              0);
    EXPECT_EQ(read_family(folder.path()).shape.activation, Activation::gelu);
}

TEST(ConvertStateDict, RefusesOtherFiles)
{
    tfm_test::ScratchFolder const folder;
    folder.write("old.pt", "\x80\x02");
    EXPECT_NE(run("tools/convert_state_dict.py", quoted(folder / "old.pt") + " --output " +
                                                     quoted(folder / "new") + " 2> " +
                                                     quoted(folder / "error")),
              0);
    EXPECT_NE(tfm_test::file_text(folder / "error").find("expected a zip archive"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

constexpr DecoderShape any_llama = llama_base.form();

TEST(ConvertLlama2c, GivesTheLogitsOfItsOwnSteps)
{
    for (const char* const arguments : {" 0 0", " 0 1", " 1 0", " 1 1"}) { // version, tied
        tfm_test::ScratchFolder const folder;
        ASSERT_EQ(run("tests/models/llama2c_reference.py", quoted(folder.path()) + arguments), 0);
        ASSERT_EQ(run("tools/convert_llama2c.py",
                      quoted(folder / "model.bin") + " --output " + quoted(folder.path())),
                  0);
        SafeTensors const file = SafeTensors::open(folder / "expected.safetensors");
        auto const model = Decoder<any_llama>::load(folder.path());
        EXPECT_EQ(model.sizes().tied_head, std::string(arguments).back() == '1');
        auto const logits =
            all_logits<any_llama>(model, read_numbers<Token, std::int64_t>(file, "tokens"));
        EXPECT_LT(relative_difference(read_numbers<float, float>(file, "logits"), logits), 1e-4)
            << arguments;
    }
}

TEST(ConvertLlama2c, RefusesAFileOfAnotherLength)
{
    tfm_test::ScratchFolder const folder;
    ASSERT_EQ(run("tests/models/llama2c_reference.py", quoted(folder.path()) + " 1 0"), 0);
    auto const file = folder / "model.bin";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
    EXPECT_NE(run("tools/convert_llama2c.py", quoted(file) + " --output " + quoted(folder / "new") +
                                                  " 2> " + quoted(folder / "error")),
              0);
    EXPECT_NE(tfm_test::file_text(folder / "error").find("of lm_head.weight at byte"),
              std::string::npos);
}

} // namespace
