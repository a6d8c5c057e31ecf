#pragma once

/// \file
/// The config.json of BERT and its kin.

#include <array>

#include "../nn/encoder_shape.hpp"
#include "config_fields.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The shape that a config.json describes, without pooler and labels: these belong to a task.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline EncoderShape read_encoder_shape(const HuggingFaceConfig& json, const ShapeFields& fields)
{
    constexpr std::array refusals{detail::Refusal{"is_encoder_decoder"},
                                  detail::Refusal{"is_decoder"}};
    constexpr EncoderShape defaults{.vocab = 0, .context = 0, .width = 0, .heads = 0, .layers = 0};
    detail::refuse_where_set(json, refusals);
    detail::check_absolute_positions(json);
    EncoderShape shape = detail::read_sizes(json, fields, defaults);
    detail::check_divides(json, fields.heads, shape.heads, fields.width, shape.width);
    shape.token_types = fields.token_types.empty()
                            ? 0
                            : detail::optional_size(json, fields.token_types, defaults.token_types);
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
