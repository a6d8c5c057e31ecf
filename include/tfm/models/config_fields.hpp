#pragma once

/// \file
/// What the config.json files of all families have in common: sizes, activation, epsilon, and the
/// refusal of arithmetic that is not implemented.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../nn/decoder_shape.hpp"
#include "../tensor/dtype.hpp"
#include "activation_names.hpp"
#include "hugging_face_config.hpp"

namespace tfm {

/// What a family's config.json calls the sizes of a `DecoderShape` or `EncoderShape`. An empty
/// name: the family has no such field, and its default holds.
struct ShapeFields {
    std::string_view context = "max_position_embeddings"; ///< for `context`
    std::string_view width = "hidden_size";               ///< for `width`
    std::string_view heads = "num_attention_heads";       ///< for `heads`
    std::string_view layers = "num_hidden_layers";        ///< for `layers`
    std::string_view mlp_width = "intermediate_size";     ///< for `mlp_width`
    std::string_view norm_epsilon = "layer_norm_eps";     ///< for `norm_epsilon`
    std::string_view activation = "hidden_act";           ///< for `activation`
    std::string_view token_types = {};                    ///< for `token_types` of encoders
};

/// \deprecated The name of `ShapeFields` for encoders, which once had their own.
using EncoderFields [[deprecated("use ShapeFields")]] = ShapeFields;

inline namespace TFM_BUILD_NAMESPACE {

/// The type that config.json says the weights have, under its new or its old name ("float32" or
/// "torch.float32"); none when it is not given or not a `FileDType`.
inline std::optional<FileDType> read_weights_dtype(const HuggingFaceConfig& json)
{
    auto text = json.string("dtype");
    if (!text) text = json.string("torch_dtype");
    if (!text) return std::nullopt;
    std::string_view name = *text;
    if (name.starts_with("torch.")) name.remove_prefix(6);
    return torch_dtype(name);
}

namespace detail {

/// What config.json calls a size.
struct SizeName {
    std::string_view field;     ///< the family's name
    std::string_view general;   ///< another that transformers takes for the same; may be empty
    std::int64_t max = 1 << 24; ///< so that no product of two sizes overflows
};

/// A size of a `DecoderShape` or an `EncoderShape`, and its name.
template <class Shape>
struct SizeField {
    std::size_t Shape::*size;
    SizeName name;
};

template <class Shape>
constexpr std::array<SizeField<Shape>, 6> size_fields(const ShapeFields& fields) noexcept
{
    constexpr ShapeFields general;
    return {{{&Shape::vocab, {"vocab_size", {}}},
             {&Shape::context, {fields.context, general.context}},
             {&Shape::width, {fields.width, general.width}},
             {&Shape::heads, {fields.heads, general.heads}},
             {&Shape::layers, {fields.layers, general.layers}},
             {&Shape::mlp_width, {fields.mlp_width, {}, 1 << 26}}}};
}

/// A size under the family's name or the general one; none when it is not given.
inline std::optional<std::size_t> read_size(const HuggingFaceConfig& json, const SizeName& name)
{
    auto const own = json.integer(name.field, 1, name.max);
    auto const other =
        name.general.empty() ? std::nullopt : json.integer(name.general, 1, name.max);
    if (own && other && *own != *other)
        json.refuse(name.field,
                    "the same as " + std::string(name.general) + " (" + std::to_string(*other) +
                        ")",
                    std::to_string(*own));
    auto const given = own ? own : other;
    return given ? std::optional(static_cast<std::size_t>(*given)) : std::nullopt;
}

/// A size that may be left out, or be null, which is 0.
inline std::size_t optional_size(const HuggingFaceConfig& json, std::string_view field,
                                 std::size_t otherwise)
{
    return read_size(json, {field, {}}).value_or(json.has(field) ? 0 : otherwise);
}

/// Fails where a field is null for which transformers knows none: it would fail, too.
inline void refuse_null(const HuggingFaceConfig& json, std::string_view field)
{
    if (json.has(field) && !json.find(field)) json.refuse(field, "a value", "null");
}

/// Fails unless `field`, which holds `size`, divides `of`, which `of_field` holds.
inline void check_divides(const HuggingFaceConfig& json, std::string_view field, std::size_t size,
                          std::string_view of_field, std::size_t of, std::string_view remedy = {})
{
    if (of % size == 0) return;
    std::string expected = "a divisor of ";
    expected.append(of_field).append(" (" + std::to_string(of) + ")").append(remedy);
    json.refuse(field, expected, std::to_string(size));
}

inline float read_norm_epsilon(const HuggingFaceConfig& json, std::string_view field,
                               float otherwise)
{
    if (field.empty()) return otherwise;
    double const epsilon = json.number(field).value_or(static_cast<double>(otherwise));
    if (!(static_cast<float>(epsilon) > 0 && epsilon <= 1))
        json.refuse(field, "a number above 0 and at most 1");
    return static_cast<float>(epsilon);
}

inline Activation read_activation(const HuggingFaceConfig& json, std::string_view field,
                                  Activation otherwise)
{
    auto const text = json.string(field);
    if (!text) return otherwise;
    auto const activation = activation_named(*text);
    if (!activation) json.refuse(field, listed_activations());
    return *activation;
}

/// A field that asks for arithmetic which is not implemented, unless it is not given, false or
/// empty.
struct Refusal {
    std::string_view field;
    std::string_view expected = "nothing or false";
};

/// The refusals of every family.
inline constexpr std::array common_refusals{
    Refusal{"quantization_config", "weights that are not quantised"},
    Refusal{"auto_map", "transformers' own model, not code in the folder"},
    Refusal{"add_cross_attention", "a model without cross-attention"},
    Refusal{"pruned_heads", "all heads in place"},
};

inline void refuse_where_set(const HuggingFaceConfig& json, std::span<const Refusal> refusals)
{
    for (const Refusal& refusal : refusals) {
        auto const value = json.find(refusal.field);
        if (value && !value->is_false() && !value->is_empty())
            json.refuse(refusal.field, refusal.expected);
    }
}

/// Fails on a kind of positions that has a table of another form than GPT-2's and BERT's.
inline void check_absolute_positions(const HuggingFaceConfig& json)
{
    if (json.string("position_embedding_type").value_or("absolute") != "absolute")
        json.refuse("position_embedding_type", "'absolute'");
}

/// `shape`, a `DecoderShape` or an `EncoderShape`, with the sizes, the activation and the epsilon
/// of config.json. What is not given stays as it is in `shape`: the defaults of transformers'
/// class.
template <class Shape>
Shape read_sizes(const HuggingFaceConfig& json, const ShapeFields& fields, Shape shape)
{
    refuse_where_set(json, common_refusals);
    for (const auto& [size, name] : size_fields<Shape>(fields)) {
        // Only a size that follows from others may be null.
        if (shape.*size != 0) refuse_null(json, name.field);
        shape.*size = read_size(json, name).value_or(shape.*size);
    }
    refuse_null(json, fields.activation);
    if (!fields.norm_epsilon.empty()) refuse_null(json, fields.norm_epsilon);
    // One size has one spelling, since shapes are compared.
    if (shape.mlp_width == 4 * shape.width) shape.mlp_width = 0;
    shape.activation = read_activation(json, fields.activation, shape.activation);
    shape.norm_epsilon = read_norm_epsilon(json, fields.norm_epsilon, shape.norm_epsilon);
    return shape;
}

/// The same for a decoder, with what all of them may say of their head.
inline DecoderShape read_decoder(const HuggingFaceConfig& json, const ShapeFields& fields,
                                 const DecoderShape& defaults)
{
    constexpr std::array refusals{Refusal{"is_encoder_decoder", "a decoder alone"},
                                  Refusal{"alibi", "attention without a bias by distance"}};
    refuse_where_set(json, refusals);
    DecoderShape shape = read_sizes(json, fields, defaults);
    shape.tied_head = json.flag("tie_word_embeddings", shape.tied_head);
    return shape;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
