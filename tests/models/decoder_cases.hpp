#pragma once

/// \file
/// Decoders that several tests load: shapes and weight names of the folders that
/// tools/make_decoder_references.py writes.

#include <cstddef>
#include <filesystem>

#include <tfm/models/llama.hpp>
#include <tfm/models/weight_names.hpp>

namespace tfm::testing {

inline std::filesystem::path folder_of(const char* name)
{
    return std::filesystem::path(TFM_TEST_DATA) / "decoders" / name;
}

inline constexpr Rotary base500{.base = 500.0F};

/// Llama's choices with other sizes; `change` sets the rest.
template <class Change>
constexpr DecoderShape like_llama(std::size_t context, std::size_t width, std::size_t heads,
                                  std::size_t kv_heads, std::size_t head_dim, std::size_t mlp_width,
                                  Change change)
{
    DecoderShape shape = llama_base;
    shape.vocab = 97;
    shape.context = context;
    shape.width = width;
    shape.heads = heads;
    shape.layers = 2;
    shape.kv_heads = kv_heads;
    shape.head_dim = head_dim;
    shape.mlp_width = mlp_width;
    shape.norm_epsilon = 1e-6F;
    shape.rotary = base500;
    change(shape);
    return shape;
}

inline constexpr auto llama_grouped = like_llama(23, 48, 4, 2, 12, 80, [](DecoderShape&) {});

inline constexpr auto llama_multi_query = like_llama(37, 40, 5, 1, 18, 67, [](DecoderShape& s) {
    s.tied_head = true;
    s.norm_epsilon = 1e-3F;
    s.biases = {};
    s.rotary.scaling = RotaryScaling::llama3;
    s.rotary.factor = 8.0F;
    s.rotary.original_context = 16;
});

inline constexpr auto mistral_narrow_window =
    like_llama(40, 44, 6, 2, 10, 70, [](DecoderShape& s) { s.window = 7; });

inline constexpr auto mistral_wide_window =
    like_llama(300, 32, 4, 2, 8, 48, [](DecoderShape& s) { s.window = 24; });

inline constexpr auto qwen2_tied = like_llama(21, 50, 5, 5, 10, 66, [](DecoderShape& s) {
    s.biases.qkv = true;
    s.tied_head = true;
});

inline constexpr auto qwen2_grouped =
    like_llama(21, 42, 3, 1, 14, 60, [](DecoderShape& s) { s.biases.qkv = true; });

inline constexpr DecoderShape gpt_neox_parallel{.vocab = 97,
                                                .context = 25,
                                                .width = 36,
                                                .heads = 3,
                                                .layers = 2,
                                                .mlp_width = 100,
                                                .activation = Activation::gelu,
                                                .tied_head = false,
                                                .residual = Residual::parallel,
                                                .positions = Positions::rotary,
                                                .rotary = {.base = 500.0F, .width = 4}};

inline constexpr DecoderShape gpt_neox_sequential{.vocab = 101,
                                                  .context = 25,
                                                  .width = 40,
                                                  .heads = 2,
                                                  .layers = 3,
                                                  .mlp_width = 90,
                                                  .tied_head = false,
                                                  .positions = Positions::rotary,
                                                  .rotary = base500};

/// GPT-J's rotary base is fixed in its code.
constexpr DecoderShape like_gptj(std::size_t width, std::size_t heads, std::size_t rotary_width,
                                 std::size_t mlp_width)
{
    return {.vocab = 97,
            .context = 25,
            .width = width,
            .heads = heads,
            .layers = 2,
            .mlp_width = mlp_width,
            .tied_head = false,
            .residual = Residual::parallel_one_norm,
            .positions = Positions::rotary,
            .rotary = {.width = rotary_width, .pairing = RotaryPairing::interleaved},
            .biases = {.qkv = false, .projection = false, .mlp = true}};
}

inline constexpr auto gptj_narrow = like_gptj(30, 3, 6, 70);
inline constexpr auto gptj_wide = like_gptj(48, 4, 12, 100);

inline constexpr DecoderNames gptj_names{.prefix = "transformer.",
                                         .token_embedding = "wte.weight",
                                         .attention_norm = "h.{}.ln_1",
                                         .qkv_storage = QkvStorage::three_matrices,
                                         .query = "h.{}.attn.q_proj",
                                         .key = "h.{}.attn.k_proj",
                                         .value = "h.{}.attn.v_proj",
                                         .attention_projection = "h.{}.attn.out_proj",
                                         .mlp_up = "h.{}.mlp.fc_in",
                                         .mlp_down = "h.{}.mlp.fc_out",
                                         .final_norm = "ln_f",
                                         .head = "lm_head.weight",
                                         .orientation = Orientation::out_in};

inline constexpr DecoderNames openai_gpt_names{.prefix = "transformer.",
                                               .token_embedding = "tokens_embed.weight",
                                               .position_embedding = "positions_embed.weight",
                                               .attention_norm = "h.{}.ln_1",
                                               .qkv_storage = QkvStorage::one_matrix,
                                               .qkv = "h.{}.attn.c_attn",
                                               .attention_projection = "h.{}.attn.c_proj",
                                               .mlp_norm = "h.{}.ln_2",
                                               .mlp_up = "h.{}.mlp.c_fc",
                                               .mlp_down = "h.{}.mlp.c_proj",
                                               .orientation = Orientation::in_out};

inline constexpr DecoderShape openai_gpt_relu{.vocab = 97,
                                              .context = 22,
                                              .width = 36,
                                              .heads = 3,
                                              .layers = 2,
                                              .activation = Activation::relu,
                                              .norm_placement = NormPlacement::after};

inline constexpr DecoderShape openai_gpt_gelu{.vocab = 101,
                                              .context = 22,
                                              .width = 40,
                                              .heads = 5,
                                              .layers = 3,
                                              .norm_placement = NormPlacement::after};

inline constexpr DecoderShape gpt2_no_positions{.vocab = 97,
                                                .context = 19,
                                                .width = 33,
                                                .heads = 3,
                                                .layers = 2,
                                                .mlp_width = 41,
                                                .activation = Activation::relu,
                                                .positions = Positions::none};

inline constexpr DecoderShape gpt2_silu{.vocab = 97,
                                        .context = 19,
                                        .width = 28,
                                        .heads = 2,
                                        .layers = 2,
                                        .activation = Activation::silu,
                                        .tied_head = false};

} // namespace tfm::testing
