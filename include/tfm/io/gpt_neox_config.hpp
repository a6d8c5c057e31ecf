#pragma once

/// \file
/// The config.json of GPT-NeoX and Pythia.

#include <string>

#include "decoder_config.hpp"
#include "rotary_config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The shape that such a config.json describes.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_gpt_neox_shape(const HuggingFaceConfig& json)
{
    DecoderShape shape = detail::read_common_shape(json);
    if (shape.width % shape.heads != 0)
        json.refuse("num_attention_heads",
                    "a divisor of hidden_size (" + std::to_string(shape.width) + ")",
                    std::to_string(shape.heads));
    shape.activation = detail::read_activation(json, "hidden_act", "gelu");
    shape.norm_epsilon = detail::norm_epsilon(json, "layer_norm_eps", 1e-5);
    shape.residual = json.boolean("use_parallel_residual").value_or(true) ? Residual::parallel
                                                                          : Residual::sequential;
    shape.rotary = detail::read_rotary(json, "rotary_emb_base", "rotary_pct", shape.head_width());
    bool const attention_bias = json.boolean("attention_bias").value_or(true);
    shape.biases = {.qkv = attention_bias, .projection = attention_bias, .mlp = true};
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
