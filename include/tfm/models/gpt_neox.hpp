#pragma once

/// \file
/// GPT-NeoX and Pythia (Black et al. 2022, Biderman et al. 2023): weight names.

#include "../io/gpt_neox_config.hpp"
#include "../nn/decoder_shape.hpp"
#include "shape_check.hpp"
#include "weight_names.hpp"

namespace tfm {

/// What GPT-NeoX's config.json calls the sizes.
inline constexpr ShapeFields gpt_neox_fields{.norm_epsilon = "layer_norm_eps"};

inline namespace TFM_ISA_NAMESPACE {

/// Names in Hugging Face's GPT-NeoX checkpoints.
inline constexpr DecoderNames gpt_neox_names{.prefix = "gpt_neox.",
                                             .token_embedding = "embed_in.weight",
                                             .attention_norm = "layers.{}.input_layernorm",
                                             .qkv_storage = QkvStorage::one_matrix_by_heads,
                                             .qkv = "layers.{}.attention.query_key_value",
                                             .attention_projection = "layers.{}.attention.dense",
                                             .mlp_norm = "layers.{}.post_attention_layernorm",
                                             .mlp_up = "layers.{}.mlp.dense_h_to_4h",
                                             .mlp_down = "layers.{}.mlp.dense_4h_to_h",
                                             .final_norm = "final_layer_norm",
                                             .head = "embed_out.weight",
                                             .orientation = Orientation::out_in};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
