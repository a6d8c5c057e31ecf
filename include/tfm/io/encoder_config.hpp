#pragma once

/// \file
/// The config.json of BERT and its kin.

#include <cstddef>
#include <string>
#include <string_view>

#include "../nn/encoder_shape.hpp"
#include "decoder_config.hpp"

namespace tfm {

/// What a family's config.json calls the sizes of an encoder. An empty name: the family has no such
/// field, and BERT's default holds (no token types where that one is empty).
struct EncoderFields {
    std::string_view context = "max_position_embeddings"; ///< for `EncoderShape::context`
    std::string_view width = "hidden_size";               ///< for `EncoderShape::width`
    std::string_view heads = "num_attention_heads";       ///< for `EncoderShape::heads`
    std::string_view layers = "num_hidden_layers";        ///< for `EncoderShape::layers`
    std::string_view mlp_width = "intermediate_size";     ///< for `EncoderShape::mlp_width`
    std::string_view activation = "hidden_act";           ///< for `EncoderShape::activation`
    std::string_view token_types = "type_vocab_size";     ///< for `EncoderShape::token_types`
    std::string_view norm_epsilon = "layer_norm_eps";     ///< for `EncoderShape::norm_epsilon`
};

inline namespace TFM_BUILD_NAMESPACE {

/// The shape that a config.json describes, without pooler and labels: these belong to a task.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline EncoderShape read_encoder_shape(const HuggingFaceConfig& json, const EncoderFields& fields)
{
    detail::refuse_where_set(json, {"quantization_config", "auto_map", "add_cross_attention",
                                    "is_encoder_decoder", "is_decoder", "pruned_heads"});
    if (json.string("position_embedding_type").value_or("absolute") != "absolute")
        json.refuse("position_embedding_type", "'absolute'");

    EncoderShape shape{.vocab = detail::required_size(json, "vocab_size"),
                       .context = detail::required_size(json, fields.context),
                       .width = detail::required_size(json, fields.width),
                       .heads = detail::required_size(json, fields.heads),
                       .layers = detail::required_size(json, fields.layers)};
    if (shape.width % shape.heads != 0)
        json.refuse(fields.heads,
                    "a divisor of " + std::string(fields.width) + " (" +
                        std::to_string(shape.width) + ")",
                    std::to_string(shape.heads));
    shape.mlp_width = detail::required_size(json, fields.mlp_width);
    shape.activation = detail::read_activation(json, fields.activation, "gelu");
    shape.token_types =
        fields.token_types.empty() ? 0 : detail::optional_size(json, fields.token_types, 2);
    if (!fields.norm_epsilon.empty())
        shape.norm_epsilon = detail::norm_epsilon(json, fields.norm_epsilon, 1e-12);
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
