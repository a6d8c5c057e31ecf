/// \file
/// Decoders of many families against PyTorch: random models of odd shapes made by transformers,
/// their logits computed in float64 from the stored weights (tools/make_decoder_references.py).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/gpt2.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// The bound: largest difference over the standard deviation of the logits.
constexpr double tolerance = 1e-4;

template <DecoderShape S>
void expect_pytorchs_logits(const Decoder<S>& model, const std::filesystem::path& folder)
{
    SafeTensors const file = SafeTensors::open(folder / "expected.safetensors");
    std::vector<Token> const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    std::vector<float> const expected = read_numbers<float, float>(file, "logits");
    ASSERT_EQ(expected.size(), tokens.size() * S.vocab);
    for (WorkspaceOptions const options : {WorkspaceOptions{.max_rows = 512, .threads = 1},
                                           WorkspaceOptions{.max_rows = 5, .threads = 2},
                                           WorkspaceOptions{.max_rows = 1, .threads = 1}}) {
        EXPECT_LT(relative_difference(expected, all_logits<S>(model, tokens, options)), tolerance)
            << folder << ": chunks of " << options.max_rows << ", " << options.threads
            << " threads";
    }
}

/// A folder whose config.json describes S.
template <DecoderShape S>
void expect_folder(const char* name)
{
    expect_pytorchs_logits<S>(Decoder<S>::load(folder_of(name)), folder_of(name));
}

/// A folder of a family that has only names here.
template <DecoderShape S>
void expect_weights(const char* name, const DecoderNames& names)
{
    expect_pytorchs_logits<S>(load_weights<S>(folder_of(name), names), folder_of(name));
}

TEST(Llama, GroupedQueries) { expect_folder<llama_grouped>("llama_width48_grouped"); }

TEST(Llama, OneKeyHeadBiasesAndScaledAngles)
{
    expect_folder<llama_multi_query>("llama_width40_multi_query");
}

TEST(Llama, LinearlyScaledAngles)
{
    constexpr auto shape = like_llama(31, 36, 3, 3, 12, 50, [](DecoderShape& s) {
        s.tied_head = true;
        s.rotary.scaling = RotaryScaling::linear;
        s.rotary.factor = 2.5F;
    });
    expect_folder<shape>("llama_width36_linear_rope");
}

TEST(Llama, GegluMlp)
{
    constexpr auto exact =
        like_llama(19, 30, 3, 1, 10, 44, [](DecoderShape& s) { s.activation = Activation::gelu; });
    expect_folder<exact>("llama_width30_geglu");
    constexpr auto tanh = like_llama(19, 34, 2, 2, 14, 52,
                                     [](DecoderShape& s) { s.activation = Activation::gelu_tanh; });
    expect_folder<tanh>("llama_width34_geglu_tanh");
}

TEST(Mistral, SlidingWindow)
{
    expect_folder<mistral_narrow_window>("mistral_width44_window7");
    expect_folder<mistral_wide_window>("mistral_width32_window24");
}

TEST(Qwen2, BiasOfQueriesKeysAndValues)
{
    expect_folder<qwen2_tied>("qwen2_width50");
    expect_folder<qwen2_grouped>("qwen2_width42_grouped");
}

TEST(GptNeoX, ParallelWithPartlyRotaryHeads)
{
    expect_folder<gpt_neox_parallel>("gpt_neox_width36_parallel");
}

TEST(GptNeoX, Sequential) { expect_folder<gpt_neox_sequential>("gpt_neox_width40_sequential"); }

TEST(GptJ, InterleavedPairsAndOneNorm)
{
    expect_weights<gptj_narrow>("gptj_width30_interleaved", gptj_names);
    expect_weights<gptj_wide>("gptj_width48_interleaved", gptj_names);
}

TEST(OpenAiGpt, NormsAfter)
{
    expect_weights<openai_gpt_relu>("openai_gpt_width36_post_norm", openai_gpt_names);
    expect_weights<openai_gpt_gelu>("openai_gpt_width40_post_norm", openai_gpt_names);
}

TEST(Gpt2, NoPositionsAndOtherActivations)
{
    expect_weights<gpt2_no_positions>("gpt2_width33_no_positions", gpt2_names);
    expect_weights<gpt2_silu>("gpt2_width28_silu", gpt2_names);
}

} // namespace
