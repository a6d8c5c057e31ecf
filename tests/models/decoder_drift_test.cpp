/// \file
/// Decoders of other families in reduced precisions: near PyTorch's exact logits. They are random
/// models of some forty features, whose logits feel a rounding more than those of trained ones.

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load.hpp>
#include <tfm/nn/forward.hpp>

#include "../nn/small_model.hpp"
#include "decoder_cases.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// The largest difference over the standard deviation of the logits.
template <DecoderShape S, Precision P>
double drift(const char* folder, const DecoderNames& names)
{
    SafeTensors const file = SafeTensors::open(folder_of(folder) / "expected.safetensors");
    auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    auto const expected = read_numbers<float, float>(file, "logits");
    auto const model = load_weights<S, P>(folder_of(folder), names);
    return relative_difference(expected, all_logits<S>(model, tokens, {.threads = 2}));
}

template <DecoderShape S>
void expect_small_drifts(const char* folder, const DecoderNames& names)
{
    double const bf16 = drift<S, precision::bf16>(folder, names);
    double const int8_weights = drift<S, precision::int8_weights>(folder, names);
    double const int8 = drift<S, precision::int8>(folder, names);
    EXPECT_LT(bf16, 0.08) << folder;
    EXPECT_LT(int8_weights, 0.2) << folder;
    EXPECT_LT(int8, 0.4) << folder;
    ::testing::Test::RecordProperty("drifts", std::to_string(bf16) + " " +
                                                  std::to_string(int8_weights) + " " +
                                                  std::to_string(int8));
}

TEST(Drift, OfRmsNormsGatesAndGroupedQueries)
{
    expect_small_drifts<llama_grouped>("llama_width48_grouped", llama_names);
}

TEST(Drift, OfParallelBlocks)
{
    expect_small_drifts<gpt_neox_parallel>("gpt_neox_width36_parallel", gpt_neox_names);
}

TEST(Drift, OfOneNormForBoth)
{
    expect_small_drifts<like_gptj(30, 3, 6, 70)>("gptj_width30_interleaved", gptj_names);
}

TEST(Drift, OfNormsAfter)
{
    expect_small_drifts<openai_gpt_post_norm>("openai_gpt_width36_post_norm", openai_gpt_names);
}

} // namespace
