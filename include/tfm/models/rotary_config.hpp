#pragma once

/// \file
/// Rotary positions as a Hugging Face config.json describes them.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "../nn/decoder_shape.hpp"
#include "hugging_face_config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A positive number of an object inside config.json, or `otherwise`.
inline float rotary_number(const HuggingFaceConfig& json, const Json& object,
                           const std::string& field, float otherwise)
{
    auto const value = object.find(field);
    if (!value) return otherwise;
    double const number = value->number().value_or(0.0);
    if (!(static_cast<float>(number) > 0.0F && number < 1e12))
        json.refuse(field, "a number above 0", describe(*value));
    return static_cast<float>(number);
}

/// The scaling that an object with a `rope_type` (or, before transformers 4.43, a `type`) names.
inline void read_rotary_scaling(const HuggingFaceConfig& json, const Json& object, Rotary& rotary)
{
    auto const type = object.find("rope_type") ? object.find("rope_type") : object.find("type");
    if (!type || type->string() == "default") return;
    if (type->string() == "linear") {
        rotary.scaling = RotaryScaling::linear;
    } else if (type->string() == "llama3") {
        rotary.scaling = RotaryScaling::llama3;
        rotary.low_frequency_factor = rotary_number(json, object, "low_freq_factor", 1.0F);
        rotary.high_frequency_factor = rotary_number(json, object, "high_freq_factor", 4.0F);
        rotary.original_context = static_cast<std::size_t>(
            rotary_number(json, object, "original_max_position_embeddings", 8192.0F));
    } else {
        json.refuse("rope_type", "'default', 'linear' or 'llama3'", describe(*type));
    }
    rotary.factor = rotary_number(json, object, "factor", 1.0F);
}

/// Base, scaling and width, under the names of transformers 5 (`rope_parameters`) or earlier ones
/// (`base_field`, `width_field` and `rope_scaling`).
inline Rotary read_rotary(const HuggingFaceConfig& json, std::string_view base_field,
                          std::string_view width_field, std::size_t head_width)
{
    Rotary rotary;
    double base = json.number(base_field).value_or(rotary.base);
    double part = json.number(width_field).value_or(1.0);
    for (std::string_view const name : {"rope_scaling", "rope_parameters"}) {
        auto const object = json.find(name);
        if (!object) continue;
        if (!object->is_object()) json.refuse(name, "an object or null", describe(*object));
        base = static_cast<double>(
            rotary_number(json, *object, "rope_theta", static_cast<float>(base)));
        part = static_cast<double>(
            rotary_number(json, *object, "partial_rotary_factor", static_cast<float>(part)));
        read_rotary_scaling(json, *object, rotary);
    }
    if (!(static_cast<float>(base) > 0.0F && base < 1e12))
        json.refuse(base_field, "a number above 0", std::to_string(base));
    if (!(part > 0.0 && part <= 1.0))
        json.refuse(width_field, "a number above 0 and at most 1", std::to_string(part));
    rotary.base = static_cast<float>(base);
    // As transformers rounds it; a factor read as float may fall just short of a whole number.
    auto const width =
        static_cast<std::size_t>(static_cast<float>(head_width) * static_cast<float>(part));
    rotary.width = width == head_width ? 0 : width;
    if (head_width % 2 != 0 || width % 2 != 0)
        json.refuse(width_field,
                    "an even number of rotary features in heads of even width (" +
                        std::to_string(head_width) + ")",
                    std::to_string(width));
    return rotary;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
