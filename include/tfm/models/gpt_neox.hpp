#pragma once

/// \file
/// GPT-NeoX and Pythia (Black et al. 2022, Biderman et al. 2023): shape, config.json and weight
/// names.

#include <cstddef>
#include <optional>

#include "../nn/decoder_shape.hpp"
#include "config_fields.hpp"
#include "config_writer.hpp"
#include "rotary_config.hpp"
#include "weight_names.hpp"

namespace tfm {

/// What the blocks of GPT-NeoX have in common; sizes are zero.
inline constexpr DecoderShape gpt_neox_base{.vocab = 0,
                                            .context = 0,
                                            .width = 0,
                                            .heads = 0,
                                            .layers = 0,
                                            .activation = Activation::gelu,
                                            .tied_head = false,
                                            .residual = Residual::parallel,
                                            .positions = Positions::rotary};

/// What transformers' `GPTNeoXConfig` describes where nothing is given: GPT-NeoX-20B.
inline constexpr DecoderShape gpt_neox_defaults = [] {
    DecoderShape shape = gpt_neox_base;
    shape.vocab = 50432;
    shape.context = 2048;
    shape.width = 6144;
    shape.heads = 64;
    shape.layers = 44;
    shape.mlp_width = 24576;
    return shape;
}();

/// What GPT-NeoX's config.json calls the sizes.
inline constexpr ShapeFields gpt_neox_fields{};

inline namespace TFM_BUILD_NAMESPACE {

/// The shape that such a config.json describes. A field that is not given has the default of
/// transformers' `GPTNeoXConfig`.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_gpt_neox_shape(const HuggingFaceConfig& json)
{
    DecoderShape shape = detail::read_decoder(json, gpt_neox_fields, gpt_neox_defaults);
    detail::check_divides(json, gpt_neox_fields.heads, shape.heads, gpt_neox_fields.width,
                          shape.width);
    if (!json.flag("use_parallel_residual", true)) shape.residual = Residual::sequential;
    shape.rotary = detail::read_rotary(json, {"rotary_emb_base", "rotary_pct", 0.25}, shape);
    bool const attention_bias = json.flag("attention_bias", true);
    shape.biases = {.qkv = attention_bias, .projection = attention_bias, .mlp = true};
    return shape;
}

namespace detail {

/// The config.json of a GPT-NeoX.
inline ConfigWriter gpt_neox_config(const DecoderShape& shape,
                                    std::optional<std::size_t> end_of_text, FileDType weights)
{
    ConfigWriter config("gpt_neox", "GPTNeoXForCausalLM");
    config.add_sizes(gpt_neox_fields, shape);
    config.add("use_parallel_residual", shape.residual == Residual::parallel);
    config.add("attention_bias", shape.biases.qkv);
    config.add("rotary_emb_base", shape.rotary.base);
    config.add("rotary_pct", rotary_part(shape.rotary_width(), shape.head_width()));
    add_rotary_scaling(config, shape.rotary);
    config.add("tie_word_embeddings", shape.tied_head);
    config.add_end_of_text(end_of_text, weights);
    return config;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE

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

} // namespace tfm
