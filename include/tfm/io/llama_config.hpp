#pragma once

/// \file
/// The config.json of Llama, Mistral and Qwen2.

#include <string>

#include "decoder_config.hpp"
#include "rotary_config.hpp"

namespace tfm {
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

} // namespace detail

/// The shape that such a config.json describes.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_llama_shape(const HuggingFaceConfig& json)
{
    std::string const type = json.string("model_type").value_or("llama");
    DecoderShape shape = detail::read_common_shape(json);
    shape.activation = detail::read_activation(json, "hidden_act", "silu");
    shape.norm_epsilon = detail::norm_epsilon(json, "rms_norm_eps", 1e-6);
    shape.kv_heads = detail::optional_size(json, "num_key_value_heads", 0);
    if (shape.heads % shape.key_heads() != 0)
        json.refuse("num_key_value_heads",
                    "a divisor of num_attention_heads (" + std::to_string(shape.heads) + ")",
                    std::to_string(shape.kv_heads));
    shape.head_dim = detail::optional_size(json, "head_dim", 0);
    if (shape.head_dim == 0 && shape.width % shape.heads != 0)
        json.refuse("num_attention_heads",
                    "a divisor of hidden_size (" + std::to_string(shape.width) + ") or a head_dim",
                    std::to_string(shape.heads));
    shape.window = detail::read_window(json, type);
    shape.gated_mlp = true;
    shape.norm = Norm::rms_norm;
    shape.rotary =
        detail::read_rotary(json, "rope_theta", "partial_rotary_factor", shape.head_width());
    bool const attention_bias = json.boolean("attention_bias").value_or(false);
    shape.biases = {.qkv = type == "qwen2" || attention_bias,
                    .projection = type != "qwen2" && attention_bias,
                    .mlp = json.boolean("mlp_bias").value_or(false)};
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
