#pragma once

/// \file
/// Llama and what is built like it (Touvron et al. 2023; Mistral, Qwen2): shapes and weight names.

#include "../io/llama_config.hpp"
#include "../nn/decoder_shape.hpp"
#include "weight_names.hpp"

namespace tfm {

/// What Llama's blocks have in common; sizes are zero.
inline constexpr DecoderShape llama_base{
    .vocab = 0,
    .context = 0,
    .width = 0,
    .heads = 0,
    .layers = 0,
    .activation = Activation::silu,
    .tied_head = false,
    .gated_mlp = true,
    .norm = Norm::rms_norm,
    .positions = Positions::rotary,
    .biases = {.qkv = false, .projection = false, .mlp = false}};

inline namespace TFM_ISA_NAMESPACE {

/// Names in Hugging Face's Llama, Mistral and Qwen2 checkpoints.
inline constexpr DecoderNames llama_names{.prefix = "model.",
                                          .token_embedding = "embed_tokens.weight",
                                          .attention_norm = "layers.{}.input_layernorm",
                                          .qkv_storage = QkvStorage::three_matrices,
                                          .query = "layers.{}.self_attn.q_proj",
                                          .key = "layers.{}.self_attn.k_proj",
                                          .value = "layers.{}.self_attn.v_proj",
                                          .attention_projection = "layers.{}.self_attn.o_proj",
                                          .mlp_norm = "layers.{}.post_attention_layernorm",
                                          .mlp_up = "layers.{}.mlp.up_proj",
                                          .mlp_gate = "layers.{}.mlp.gate_proj",
                                          .mlp_down = "layers.{}.mlp.down_proj",
                                          .final_norm = "norm",
                                          .head = "lm_head.weight",
                                          .orientation = Orientation::out_in};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
