#pragma once

/// \file
/// The GPT-2 family (Radford et al. 2019): shapes, config.json and weight names.

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "config_fields.hpp"
#include "config_writer.hpp"
#include "weight_names.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Shapes of the published models.
namespace gpt2 {
/// 124 M parameters.
inline constexpr DecoderShape small{
    .vocab = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 12};
/// 355 M parameters.
inline constexpr DecoderShape medium{
    .vocab = 50257, .context = 1024, .width = 1024, .heads = 16, .layers = 24};
/// 774 M parameters.
inline constexpr DecoderShape large{
    .vocab = 50257, .context = 1024, .width = 1280, .heads = 20, .layers = 36};
/// 1558 M parameters.
inline constexpr DecoderShape xl{
    .vocab = 50257, .context = 1024, .width = 1600, .heads = 25, .layers = 48};
/// DistilGPT-2 (Sanh et al. 2019): GPT-2 small with every other block.
inline constexpr DecoderShape distil{
    .vocab = 50257, .context = 1024, .width = 768, .heads = 12, .layers = 6};
/// The story model shipped with tfm.
inline constexpr DecoderShape tales{
    .vocab = 4096, .context = 512, .width = 256, .heads = 8, .layers = 8};
/// Any size.
inline constexpr DecoderShape any = small.form();
} // namespace gpt2

/// What GPT-2's config.json calls the sizes.
inline constexpr ShapeFields gpt2_fields{.context = "n_positions",
                                         .width = "n_embd",
                                         .heads = "n_head",
                                         .layers = "n_layer",
                                         .mlp_width = "n_inner",
                                         .norm_epsilon = "layer_norm_epsilon",
                                         .activation = "activation_function"};

/// The token that ends a text where config.json does not say.
inline constexpr std::size_t gpt2_end_of_text = 50256;

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What a GPT-2 does not have, its derived architectures that keep the name among them.
///
/// `reorder_and_upcast_attn` is not here: it asks for scores and softmax in fp32 where the model
/// runs in half precision, and here both are always fp32.
inline constexpr std::array gpt2_refusals{
    Refusal{"scale_attn_by_inverse_layer_idx", "scores scaled alike in every layer"},
    Refusal{"rotary", "learned absolute positions"},
    Refusal{"rotary_dim", "learned absolute positions"},
    Refusal{"rope_theta", "learned absolute positions"},
    Refusal{"rope_scaling", "learned absolute positions"},
    Refusal{"rope_parameters", "learned absolute positions"},
    Refusal{"sliding_window", "attention to every earlier position"},
    Refusal{"multi_query", "keys and values for every head"},
};

/// Fails unless config.json describes a GPT-2.
inline void check_gpt2_architecture(const HuggingFaceConfig& json)
{
    if (auto const type = json.string("model_type")) {
        if (*type != "gpt2") json.refuse("model_type", "'gpt2'", in_quotes(*type));
        return;
    }
    auto const list = json.find("architectures");
    if (!list) json.refuse("model_type", "'gpt2'", "neither it nor architectures");
    for (std::string_view const known : {"GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel"}) {
        if (!list->is_list()) break;
        for (auto const& [key, entry] : list->items())
            if (entry.string() == known) return;
    }
    json.refuse("architectures", "'GPT2LMHeadModel' (model_type is not given)");
}

/// Fails on every field that would change the arithmetic and is not implemented.
inline void check_gpt2_arithmetic(const HuggingFaceConfig& json)
{
    refuse_where_set(json, gpt2_refusals);
    for (std::string_view const field : {"scale_attn_weights", "is_causal"}) {
        if (!json.flag(field, true)) json.refuse(field, "true", "false");
    }
    check_absolute_positions(json);
}

} // namespace detail

/// The shape that a GPT-2's config.json describes. A field that is not given has the default of
/// transformers' `GPT2Config`, which is GPT-2 small.
/// \throws tfm::Error in one line naming the file, the field, expected and found when it is not
/// a GPT-2, a field has the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_gpt2_shape(const HuggingFaceConfig& json)
{
    detail::check_gpt2_architecture(json);
    detail::check_gpt2_arithmetic(json);
    DecoderShape const shape = detail::read_decoder(json, gpt2_fields, gpt2::small);
    detail::check_divides(json, gpt2_fields.heads, shape.heads, gpt2_fields.width, shape.width);
    auto const kv_heads = json.find("num_key_value_heads");
    if (kv_heads && kv_heads->natural() != shape.heads)
        json.refuse("num_key_value_heads",
                    "the same as n_head (" + std::to_string(shape.heads) + ")");
    return shape;
}

namespace detail {

/// The config.json of a GPT-2.
inline ConfigWriter gpt2_config(const DecoderShape& shape, std::optional<std::size_t> end_of_text,
                                FileDType weights)
{
    ConfigWriter config("gpt2", "GPT2LMHeadModel");
    config.add_sizes(gpt2_fields, shape);
    config.add("n_ctx", shape.context); // read by old versions only
    config.add("tie_word_embeddings", shape.tied_head);
    config.add_end_of_text(end_of_text, weights);
    return config;
}

} // namespace detail

/// Writes FOLDER/config.json of a GPT-2 as transformers reads it; the folder must exist.
/// \param end_of_text the token that begins and ends texts, if there is one
/// \param weights     what the checkpoint's weights are stored in
/// \throws tfm::Error when it cannot be written.
inline void write_gpt2_config(const std::filesystem::path& folder, const DecoderShape& shape,
                              std::optional<std::size_t> end_of_text, FileDType weights)
{
    detail::gpt2_config(shape, end_of_text, weights).write(folder);
}

} // namespace TFM_BUILD_NAMESPACE

/// Names in Hugging Face's GPT-2 checkpoints, with and without the prefix of the head model.
inline constexpr DecoderNames gpt2_names{.prefix = "transformer.",
                                         .token_embedding = "wte.weight",
                                         .position_embedding = "wpe.weight",
                                         .attention_norm = "h.{}.ln_1",
                                         .qkv_storage = QkvStorage::one_matrix,
                                         .qkv = "h.{}.attn.c_attn",
                                         .attention_projection = "h.{}.attn.c_proj",
                                         .mlp_norm = "h.{}.ln_2",
                                         .mlp_up = "h.{}.mlp.c_fc",
                                         .mlp_down = "h.{}.mlp.c_proj",
                                         .final_norm = "ln_f",
                                         .head = "lm_head.weight",
                                         .orientation = Orientation::in_out};

} // namespace tfm

#include "../restore_macros.hpp"
