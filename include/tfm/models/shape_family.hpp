#pragma once

/// \file
/// From a shape to the family of Hugging Face folders that has its choices, and to the config.json
/// that says so.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "bert.hpp"
#include "distilbert.hpp"
#include "family.hpp"
#include "gpt2.hpp"
#include "gpt_neox.hpp"
#include "llama.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The config.json of the family that comes nearest to a shape; none where no family has such
/// positions or heads.
inline std::optional<ConfigWriter>
nearest_config(const DecoderShape& shape, std::optional<std::size_t> end_of_text, FileDType weights)
{
    if (shape.positions == Positions::rotary && shape.norm == Norm::rms_norm)
        return llama_config(shape, end_of_text, weights);
    if (shape.query_width() != shape.width) return std::nullopt;
    if (shape.positions == Positions::learned) return gpt2_config(shape, end_of_text, weights);
    if (shape.positions == Positions::rotary) return gpt_neox_config(shape, end_of_text, weights);
    return std::nullopt;
}

/// The same shape in the one spelling that equal shapes share.
inline DecoderShape resolved(DecoderShape shape) noexcept
{
    std::size_t const turned = shape.rotary_width();
    shape.mlp_width = shape.hidden();
    shape.kv_heads = shape.key_heads();
    shape.head_dim = shape.head_width();
    shape.rotary.width = turned;
    if (shape.positions != Positions::rotary) shape.rotary = {};
    if (shape.rotary.scaling == RotaryScaling::none) {
        shape.rotary = {
            .base = shape.rotary.base, .width = turned, .pairing = shape.rotary.pairing};
    } else if (shape.rotary.scaling == RotaryScaling::linear) {
        shape.rotary = {.base = shape.rotary.base,
                        .width = turned,
                        .pairing = shape.rotary.pairing,
                        .scaling = RotaryScaling::linear,
                        .factor = shape.rotary.factor};
    }
    return shape;
}

} // namespace detail

namespace checkpoint_detail {

/// A folder to write to.
inline void make_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::error_code ignored;
    require(std::filesystem::is_directory(folder, ignored), [&] {
        return folder.string() + ": cannot be made a folder" +
               (error ? " (" + error.message() + ")" : std::string());
    });
}

} // namespace checkpoint_detail

/// The family whose config.json describes such a decoder; none where no family has its choices:
/// GPT-2 has learned positions, GPT-NeoX rotary ones and layer norms, Llama, Mistral and Qwen2
/// rotary ones and RMS norms. What the family would read of its own config.json is compared with
/// the shape.
inline std::optional<DecoderFamily> family_of(const DecoderShape& shape)
{
    auto const config = detail::nearest_config(shape, std::nullopt, FileDType::F32);
    if (!config) return std::nullopt;
    DecoderFamily family = read_family(HuggingFaceConfig("config.json", config->text()));
    if (!(detail::resolved(family.shape) == detail::resolved(shape))) return std::nullopt;
    return family;
}

/// The same of an encoder: BERT, or DistilBERT where there are no token types. A pooler is the
/// family's own, which a classifier needs.
inline std::optional<EncoderFamily> family_of(const EncoderShape& shape)
{
    bool const is_bert = shape.token_types > 0;
    Pooler const pooler = is_bert ? Pooler::tanh : Pooler::relu;
    bool const has_pooler =
        shape.pooler == pooler || (shape.pooler == Pooler::none && shape.labels == 0);
    bool const has_epsilon = is_bert || shape.norm_epsilon == distilbert::base_uncased.norm_epsilon;
    if (!has_pooler || !has_epsilon) return std::nullopt;
    if (is_bert) return EncoderFamily{shape, bert_names, bert_fields, pooler};
    return EncoderFamily{shape, distilbert_names, distilbert_fields, pooler};
}

/// The family of a shape. Throws `tfm::Error` where no family has its choices.
template <class Shape>
auto known_family(const Shape& shape)
{
    auto const family = family_of(shape);
    require(family.has_value(), [] {
        return "tfm: no family of Hugging Face folders has the choices of this shape, so that no "
               "config.json can describe it; save_weights and write_random_weights write weights "
               "under names of your own, which load_weights<shape>(folder, names) reads";
    });
    return *family;
}

/// Writes FOLDER/config.json of such a decoder as transformers reads it; the folder must exist.
/// \param end_of_text the token that begins and ends texts, if there is one
/// \param weights     what the checkpoint's weights are stored in
/// \throws tfm::Error for a shape that no family has, and when it cannot be written.
inline void write_config(const std::filesystem::path& folder, const DecoderShape& shape,
                         std::optional<std::size_t> end_of_text, FileDType weights)
{
    static_cast<void>(known_family(shape));
    detail::nearest_config(shape, end_of_text, weights)->write(folder);
}

/// The same of an encoder.
inline void write_config(const std::filesystem::path& folder, const EncoderShape& shape)
{
    static_cast<void>(known_family(shape));
    if (shape.token_types > 0) {
        write_bert_config(folder, shape);
    } else {
        write_distilbert_config(folder, shape);
    }
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
