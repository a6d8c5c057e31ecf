#pragma once

/// \file
/// Rotary positions as a Hugging Face config.json describes them.

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "config_fields.hpp"
#include "config_writer.hpp"
#include "hugging_face_config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What a family calls its rotary numbers outside of `rope_parameters`.
struct RotaryFields {
    std::string_view base;
    std::string_view part;    ///< of a head's features that turn
    double part_where_absent; ///< what transformers' class takes where nothing says it
};

/// A positive number of an object inside config.json, or `otherwise`, where there is one.
inline float rotary_number(const HuggingFaceConfig& json, const Json& object,
                           const std::string& field, std::optional<double> otherwise)
{
    auto const value = object.find(field);
    if (!value && !otherwise) json.refuse(field, "a number above 0", "nothing");
    double const number = value ? value->number().value_or(0.0) : *otherwise;
    if (!(static_cast<float>(number) > 0.0F && number < 1e12))
        json.refuse(field, "a number above 0", value ? describe(*value) : "nothing");
    return static_cast<float>(number);
}

/// The scaling that an object with a `rope_type` (or, before transformers 4.43, a `type`) names.
inline void read_rotary_scaling(const HuggingFaceConfig& json, const Json& object,
                                std::size_t context, Rotary& rotary)
{
    auto const type = object.find("rope_type") ? object.find("rope_type") : object.find("type");
    if (!type || type->string() == "default") return;
    if (type->string() == "linear") {
        rotary.scaling = RotaryScaling::linear;
    } else if (type->string() == "llama3") {
        rotary.scaling = RotaryScaling::llama3;
        rotary.low_frequency_factor = rotary_number(json, object, "low_freq_factor", {});
        rotary.high_frequency_factor = rotary_number(json, object, "high_freq_factor", {});
        rotary.original_context = static_cast<std::size_t>(rotary_number(
            json, object, "original_max_position_embeddings", static_cast<double>(context)));
    } else {
        json.refuse("rope_type", "'default', 'linear' or 'llama3'", describe(*type));
    }
    rotary.factor = rotary_number(json, object, "factor", {});
}

/// The object that holds the rotary numbers: `rope_scaling`, or else the `rope_parameters` of
/// transformers 5; none where both are null or empty.
inline std::optional<Json> rotary_object(const HuggingFaceConfig& json)
{
    for (std::string_view const name : {"rope_scaling", "rope_parameters"}) {
        auto const object = json.find(name);
        if (!object || object->is_empty()) continue;
        if (!object->is_object()) json.refuse(name, "an object or null", describe(*object));
        for (auto const& [key, value] : object->items())
            if (value.is_object())
                json.refuse(name, "numbers for all layers alike", "an object of " + in_quotes(key));
        return object;
    }
    return std::nullopt;
}

/// Base, scaling and width for heads of `shape`. Where `rope_parameters` or `rope_scaling` give a
/// number, the fields of the family are not read.
inline Rotary read_rotary(const HuggingFaceConfig& json, const RotaryFields& fields,
                          const DecoderShape& shape)
{
    Rotary rotary;
    auto const object = rotary_object(json);
    bool const has_base = object && object->find("rope_theta");
    bool const has_part = object && object->find("partial_rotary_factor");
    if (!has_base) refuse_null(json, fields.base);
    if (!has_part) refuse_null(json, fields.part);
    double base = has_base ? 0.0 : json.number(fields.base).value_or(rotary.base);
    double part = has_part ? 0.0 : json.number(fields.part).value_or(fields.part_where_absent);
    if (has_base) base = rotary_number(json, *object, "rope_theta", {});
    if (has_part) part = rotary_number(json, *object, "partial_rotary_factor", {});
    if (object) read_rotary_scaling(json, *object, shape.context, rotary);
    if (!(static_cast<float>(base) > 0.0F && base < 1e12))
        json.refuse(fields.base, "a number above 0", std::to_string(base));
    if (!(part > 0.0 && part <= 1.0))
        json.refuse(fields.part, "a number above 0 and at most 1", std::to_string(part));
    rotary.base = static_cast<float>(base);
    // As transformers rounds it; a factor read as float may fall just short of a whole number.
    std::size_t const head_width = shape.head_width();
    auto const width =
        static_cast<std::size_t>(static_cast<float>(head_width) * static_cast<float>(part));
    rotary.width = width == head_width ? 0 : width;
    if (head_width % 2 != 0 || width % 2 != 0)
        json.refuse(fields.part,
                    "an even number of rotary features in heads of even width (" +
                        std::to_string(head_width) + ")",
                    std::to_string(width));
    return rotary;
}

/// The factor that gives `width` features of `head_width` where it is multiplied and cut, whether
/// in float or double: a quotient may fall just short.
inline float rotary_part(std::size_t width, std::size_t head_width) noexcept
{
    auto const whole = static_cast<float>(head_width);
    float part = static_cast<float>(width) / whole;
    while (static_cast<std::size_t>(whole * part) < width ||
           static_cast<double>(head_width) * static_cast<double>(part) < static_cast<double>(width))
        part = std::nextafter(part, 2.0F);
    return part;
}

/// `rope_scaling`, where angles are scaled.
inline void add_rotary_scaling(ConfigWriter& config, const Rotary& rotary)
{
    if (rotary.scaling == RotaryScaling::none) return;
    bool const is_linear = rotary.scaling == RotaryScaling::linear;
    JsonFields object;
    object.add("rope_type", std::string_view(is_linear ? "linear" : "llama3"));
    object.add("factor", rotary.factor);
    if (!is_linear) {
        object.add("low_freq_factor", rotary.low_frequency_factor);
        object.add("high_freq_factor", rotary.high_frequency_factor);
        object.add("original_max_position_embeddings", rotary.original_context);
    }
    config.add("rope_scaling", object);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
