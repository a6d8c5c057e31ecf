/// \file
/// Drift of Llama and its kin in reduced precisions from what transformers computes.

#include "decoder_drift.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Twice what AVX2 has, or more: other instruction sets sum in another order. The largest of ten
/// times as many logits is larger.
constexpr Drifts few_positions{.bf16 = 0.11, .int8_weights = 0.45, .int8 = 0.55};
constexpr Drifts many_positions{.bf16 = 0.2, .int8_weights = 0.6, .int8 = 0.7};

INSTANTIATE_TEST_SUITE_P(
    Llama, Drift,
    ::testing::Values(
        decoder_case<llama_grouped>("llama_width48_grouped", llama_names, few_positions),
        decoder_case<llama_multi_query>("llama_width40_multi_query", llama_names, few_positions),
        decoder_case<mistral_narrow_window>("mistral_width44_window7", llama_names, few_positions),
        decoder_case<mistral_wide_window>("mistral_width32_window24", llama_names, many_positions),
        decoder_case<qwen2_tied>("qwen2_width50", llama_names, few_positions),
        decoder_case<qwen2_grouped>("qwen2_width42_grouped", llama_names, few_positions)),
    case_name);

} // namespace
