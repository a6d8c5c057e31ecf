/// \file
/// Drift of decoders in reduced precisions from what transformers computes: families other than
/// Llama's.

#include <tfm/models/gpt2.hpp>
#include <tfm/models/gpt_neox.hpp>

#include "decoder_drift.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Twice what AVX2 has, or more: other instruction sets sum in another order.
constexpr Drifts bounds{.bf16 = 0.05, .int8_weights = 0.13, .int8 = 0.2};

INSTANTIATE_TEST_SUITE_P(
    Decoders, Drift,
    ::testing::Values(
        decoder_case<gpt2_no_positions>("gpt2_width33_no_positions", gpt2_names, bounds),
        decoder_case<gpt2_silu>("gpt2_width28_silu", gpt2_names, bounds),
        decoder_case<gpt_neox_parallel>("gpt_neox_width36_parallel", gpt_neox_names, bounds),
        decoder_case<gpt_neox_sequential>("gpt_neox_width40_sequential", gpt_neox_names, bounds),
        decoder_case<gptj_narrow>("gptj_width30_interleaved", gptj_names, bounds),
        decoder_case<gptj_wide>("gptj_width48_interleaved", gptj_names, bounds),
        decoder_case<openai_gpt_relu>("openai_gpt_width36_post_norm", openai_gpt_names, bounds),
        decoder_case<openai_gpt_gelu>("openai_gpt_width40_post_norm", openai_gpt_names, bounds)),
    case_name);

} // namespace
