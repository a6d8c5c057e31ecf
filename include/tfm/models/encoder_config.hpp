#pragma once

/// \file
/// The config.json of BERT and its kin.

#include <array>

#include "../nn/encoder_shape.hpp"
#include "config_fields.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The shape that a config.json describes, without pooler and labels: these belong to a task. A
/// field that is not given is as in `defaults`, the shape of transformers' class.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline EncoderShape read_encoder_shape(const HuggingFaceConfig& json, const ShapeFields& fields,
                                       EncoderShape defaults)
{
    constexpr std::array refusals{detail::Refusal{"is_encoder_decoder"},
                                  detail::Refusal{"is_decoder"}};
    defaults.mlp_width = defaults.hidden(); // whatever the width is
    defaults.pooler = Pooler::none;
    defaults.labels = 0;
    detail::refuse_where_set(json, refusals);
    detail::check_absolute_positions(json);
    EncoderShape shape = detail::read_sizes(json, fields, defaults);
    detail::check_divides(json, fields.heads, shape.heads, fields.width, shape.width);
    if (!fields.token_types.empty()) detail::refuse_null(json, fields.token_types);
    shape.token_types = fields.token_types.empty()
                            ? 0
                            : detail::optional_size(json, fields.token_types, defaults.token_types);
    return shape;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
