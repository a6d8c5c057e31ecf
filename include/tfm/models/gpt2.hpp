#pragma once

/// \file
/// The GPT-2 family (Radford et al. 2019): shapes and weight names.

#include "../io/gpt2_config.hpp"
#include "../nn/decoder_shape.hpp"
#include "shape_check.hpp"
#include "weight_names.hpp"

namespace tfm {

/// Shapes of the published models.
namespace gpt2 {
/// 124 M parameters.
inline constexpr DecoderShape small{
    .vocab = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 12};
/// 355 M parameters.
inline constexpr DecoderShape medium{
    .vocab = 50257, .context = 1024, .width = 1024, .heads = 16, .layers = 24};
/// 774 M parameters.
inline constexpr DecoderShape large{
    .vocab = 50257, .context = 1024, .width = 1280, .heads = 20, .layers = 36};
/// 1558 M parameters.
inline constexpr DecoderShape xl{
    .vocab = 50257, .context = 1024, .width = 1600, .heads = 25, .layers = 48};
/// DistilGPT-2 (Sanh et al. 2019): GPT-2 small with every other block.
inline constexpr DecoderShape distil{
    .vocab = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 6};
/// The story model shipped with tfm.
inline constexpr DecoderShape tales{
    .vocab = 4096, .context = 512, .width = 256, .heads = 8, .layers = 8};
} // namespace gpt2

/// What GPT-2's config.json calls the sizes.
inline constexpr ShapeFields gpt2_fields{.context = "n_positions",
                                         .width = "n_embd",
                                         .heads = "n_head",
                                         .layers = "n_layer",
                                         .mlp_width = "n_inner",
                                         .norm_epsilon = "layer_norm_epsilon",
                                         .activation = "activation_function"};

/// The shape that a GPT-2's config.json describes.
constexpr DecoderShape shape_of(const Gpt2Config& config) noexcept
{
    return {.vocab = config.vocab,
            .context = config.context,
            .width = config.width,
            .heads = config.heads,
            .layers = config.layers,
            .mlp_width = config.mlp_width == 4 * config.width ? 0 : config.mlp_width,
            .activation = config.activation,
            .norm_epsilon = static_cast<float>(config.norm_epsilon),
            .tied_head = config.tied_head};
}

inline namespace TFM_ISA_NAMESPACE {

/// Names in Hugging Face's GPT-2 checkpoints, with and without the prefix of the head model.
inline constexpr DecoderNames gpt2_names{.prefix = "transformer.",
                                         .token_embedding = "wte.weight",
                                         .position_embedding = "wpe.weight",
                                         .attention_norm = "h.{}.ln_1",
                                         .qkv_storage = QkvStorage::one_matrix,
                                         .qkv = "h.{}.attn.c_attn",
                                         .attention_projection = "h.{}.attn.c_proj",
                                         .mlp_norm = "h.{}.ln_2",
                                         .mlp_up = "h.{}.mlp.c_fc",
                                         .mlp_down = "h.{}.mlp.c_proj",
                                         .final_norm = "ln_f",
                                         .head = "lm_head.weight",
                                         .orientation = Orientation::in_out};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
