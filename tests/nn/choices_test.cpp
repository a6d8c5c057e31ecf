/// \file
/// Decoders that make other choices than GPT-2: one pass over all tokens, many passes over a few
/// and one token at a time must agree. PyTorch's values are in tests/models.

#include <cstddef>

#include <gtest/gtest.h>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

template <DecoderShape S>
void expect_any_chunks_agree()
{
    auto const model = random_decoder<S>(1);
    auto const tokens = random_tokens<S>(S.context, 2);
    auto const whole = all_logits<S>(model, tokens);
    for (std::size_t const threads : {1U, 2U, 3U}) {
        for (std::size_t const max_rows : {1U, 7U, 200U}) {
            WorkspaceOptions const options{.max_rows = max_rows, .threads = threads};
            EXPECT_LT(relative_difference(whole, all_logits<S>(model, tokens, options)), 1e-5)
                << "chunks of " << max_rows << ", " << threads << " threads";
        }
    }
}

/// Heads in groups, rotary positions, a window, no biases.
constexpr DecoderShape grouped{.vocab = 53,
                               .context = 320,
                               .width = 40,
                               .heads = 6,
                               .layers = 2,
                               .mlp_width = 70,
                               .activation = Activation::silu,
                               .tied_head = false,
                               .kv_heads = 2,
                               .head_dim = 14,
                               .window = 37,
                               .gated_mlp = true,
                               .norm = Norm::rms_norm,
                               .positions = Positions::rotary,
                               .biases = {.qkv = false, .projection = false, .mlp = false}};

TEST(Choices, GroupedQueriesInAWindow) { expect_any_chunks_agree<grouped>(); }

// A key or value that lies just between two of its 255 steps may take either.
TEST(Choices, GroupedQueriesInAWindowWithAnInt8Cache)
{
    constexpr Precision fp32_kv8{Dtype::fp32, Dtype::fp32, Dtype::int8};
    auto const tokens = random_tokens<grouped>(grouped.context, 2);
    auto const model = random_decoder<grouped, fp32_kv8>(1);
    auto const exact = all_logits<grouped>(random_decoder<grouped>(1), tokens);
    auto const whole = all_logits<grouped>(model, tokens);
    EXPECT_LT(relative_difference(exact, whole), 0.3);
    EXPECT_GT(relative_difference(exact, whole), 0.0);
    for (std::size_t const threads : {1U, 3U}) {
        for (std::size_t const max_rows : {1U, 7U, 200U}) {
            WorkspaceOptions const options{.max_rows = max_rows, .threads = threads};
            EXPECT_LT(relative_difference(whole, all_logits<grouped>(model, tokens, options)), 0.01)
                << "chunks of " << max_rows << ", " << threads << " threads";
        }
    }
}

TEST(Choices, ParallelBlocks)
{
    constexpr DecoderShape two_norms{.vocab = 53,
                                     .context = 300,
                                     .width = 36,
                                     .heads = 3,
                                     .layers = 2,
                                     .residual = Residual::parallel,
                                     .positions = Positions::rotary,
                                     .rotary = {.width = 4}};
    expect_any_chunks_agree<two_norms>();
    constexpr DecoderShape one_norm{.vocab = 53,
                                    .context = 300,
                                    .width = 36,
                                    .heads = 3,
                                    .layers = 2,
                                    .residual = Residual::parallel_one_norm,
                                    .positions = Positions::none};
    expect_any_chunks_agree<one_norm>();
}

TEST(Choices, NormsAfter)
{
    constexpr DecoderShape shape{.vocab = 53,
                                 .context = 300,
                                 .width = 36,
                                 .heads = 3,
                                 .layers = 2,
                                 .activation = Activation::relu,
                                 .norm_placement = NormPlacement::after};
    expect_any_chunks_agree<shape>();
}

TEST(Choices, CountParametersAndBytes)
{
    // Llama 3.2 1B by its model card: 1,235,814,400 parameters.
    constexpr DecoderShape llama{.vocab = 128256,
                                 .context = 8192,
                                 .width = 2048,
                                 .heads = 32,
                                 .layers = 16,
                                 .mlp_width = 8192,
                                 .activation = Activation::silu,
                                 .kv_heads = 8,
                                 .gated_mlp = true,
                                 .norm = Norm::rms_norm,
                                 .positions = Positions::rotary,
                                 .biases = {.qkv = false, .projection = false, .mlp = false}};
    static_assert(llama.parameters() == 1'235'814'400);
    EXPECT_EQ(Decoder<llama>::weight_bytes(), 4ULL * 1'235'814'400);
    EXPECT_EQ((Session<llama, precision::fp32>::bytes(16)), 16U * 2 * 8 * 64 * 16 * 4);
}

} // namespace
