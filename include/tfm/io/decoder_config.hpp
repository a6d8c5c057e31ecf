#pragma once

/// \file
/// What the config.json files of most decoder families have in common.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "hugging_face_config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A size that the family's config.json must give.
inline std::size_t required_size(const HuggingFaceConfig& json, std::string_view field)
{
    constexpr std::int64_t max_size = 1 << 24;
    auto const value = json.integer(field, 1, max_size);
    if (!value) json.refuse(field, "a whole number from 1 up");
    return static_cast<std::size_t>(*value);
}

/// A size that may be left out.
inline std::size_t optional_size(const HuggingFaceConfig& json, std::string_view field,
                                 std::size_t otherwise)
{
    return json.find(field) == nullptr ? otherwise : required_size(json, field);
}

inline float norm_epsilon(const HuggingFaceConfig& json, std::string_view field, double otherwise)
{
    double const epsilon = json.number(field).value_or(otherwise);
    if (!(epsilon > 0 && epsilon <= 1)) json.refuse(field, "a number above 0 and at most 1");
    return static_cast<float>(epsilon);
}

inline Activation read_activation(const HuggingFaceConfig& json, std::string_view field,
                                  std::string_view otherwise)
{
    std::string const name = json.string(field).value_or(std::string(otherwise));
    if (name == "silu" || name == "swish") return Activation::silu;
    if (name == "gelu") return Activation::gelu;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
    if (name == "relu") return Activation::relu;
    json.refuse(field, "'silu', 'gelu', 'gelu_new', 'gelu_pytorch_tanh' or 'relu'");
}

/// Fails on a field that asks for an arithmetic which no family has here, unless it is false or
/// empty.
inline void refuse_where_set(const HuggingFaceConfig& json,
                             std::initializer_list<std::string_view> fields)
{
    for (std::string_view const field : fields) {
        const Json* const value = json.find(field);
        bool const harmless =
            value == nullptr || is_false(*value) || (value->is_structured() && value->empty());
        if (!harmless) json.refuse(field, "nothing or false");
    }
}

/// The sizes that every decoder family names alike. Fails on fields that ask for another
/// arithmetic.
inline DecoderShape read_common_shape(const HuggingFaceConfig& json)
{
    refuse_where_set(json, {"quantization_config", "auto_map", "add_cross_attention",
                            "is_encoder_decoder", "alibi"});
    DecoderShape shape{.vocab = required_size(json, "vocab_size"),
                       .context = required_size(json, "max_position_embeddings"),
                       .width = required_size(json, "hidden_size"),
                       .heads = required_size(json, "num_attention_heads"),
                       .layers = required_size(json, "num_hidden_layers")};
    shape.mlp_width = required_size(json, "intermediate_size");
    shape.tied_head = json.boolean("tie_word_embeddings").value_or(false);
    shape.positions = Positions::rotary;
    return shape;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
