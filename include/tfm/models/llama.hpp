#pragma once

/// \file
/// Llama and what is built like it (Touvron et al. 2023; Mistral, Qwen2): shape, config.json
/// and weight names.

#include <cstddef>
#include <string>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "config_fields.hpp"
#include "rotary_config.hpp"
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

/// What Llama's config.json calls the sizes.
inline constexpr ShapeFields llama_fields{.norm_epsilon = "rms_norm_eps"};

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Positions a token sees, 0 for all. Qwen2 names a window that it uses only where told to.
inline std::size_t read_window(const HuggingFaceConfig& json, std::string_view type)
{
    if (type == "llama") return 0;
    bool const used = json.boolean("use_sliding_window").value_or(type == "mistral");
    if (used && type == "qwen2")
        json.refuse("use_sliding_window", "false: layers all alike", "true");
    return used ? optional_size(json, "sliding_window", 0) : 0;
}

/// Reads and checks the sizes of heads, which need not fill the width.
inline void read_heads(const HuggingFaceConfig& json, DecoderShape& shape)
{
    shape.kv_heads = optional_size(json, "num_key_value_heads", 0);
    check_divides(json, "num_key_value_heads", shape.key_heads(), "num_attention_heads",
                  shape.heads);
    shape.head_dim = optional_size(json, "head_dim", 0);
    if (shape.head_dim == 0)
        check_divides(json, "num_attention_heads", shape.heads, "hidden_size", shape.width,
                      " or a head_dim");
}

} // namespace detail

/// The shape that a config.json of Llama, Mistral or Qwen2 describes.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_llama_shape(const HuggingFaceConfig& json)
{
    std::string const type = json.string("model_type").value_or("llama");
    DecoderShape defaults = llama_base;
    defaults.norm_epsilon = 1e-6F; // as transformers has it; Llama 2's files say 1e-5
    DecoderShape shape = detail::read_decoder(json, llama_fields, defaults);
    detail::read_heads(json, shape);
    shape.window = detail::read_window(json, type);
    shape.rotary =
        detail::read_rotary(json, "rope_theta", "partial_rotary_factor", shape.head_width());
    bool const attention_bias = json.boolean("attention_bias").value_or(false);
    shape.biases = {.qkv = type == "qwen2" || attention_bias,
                    .projection = type != "qwen2" && attention_bias,
                    .mlp = json.boolean("mlp_bias").value_or(false)};
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE

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

} // namespace tfm
