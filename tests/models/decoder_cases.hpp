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

inline constexpr DecoderShape openai_gpt_post_norm{.vocab = 97,
                                                   .context = 22,
                                                   .width = 36,
                                                   .heads = 3,
                                                   .layers = 2,
                                                   .activation = Activation::relu,
                                                   .norm_placement = NormPlacement::after};

} // namespace tfm::testing
