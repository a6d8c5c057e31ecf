#pragma once

/// \file
/// From a Hugging Face folder to the family of its model.

#include <filesystem>
#include <string_view>

#include "bert.hpp"
#include "distilbert.hpp"
#include "gpt2.hpp"
#include "gpt_neox.hpp"
#include "llama.hpp"

namespace tfm {

/// What a folder's config.json describes, and what its family calls things.
struct DecoderFamily {
    DecoderShape shape; ///< sizes and choices
    DecoderNames names; ///< the checkpoint's names
    ShapeFields fields; ///< config.json's names
};

/// The same of an encoder. Pooler and labels belong to a task and are none.
struct EncoderFamily {
    EncoderShape shape; ///< sizes and choices
    EncoderNames names; ///< the checkpoint's names
    ShapeFields fields; ///< config.json's names
    Pooler pooler;      ///< what its classifier reads the first token through
};

inline namespace TFM_BUILD_NAMESPACE {

/// What a config.json says. Throws `tfm::Error` naming the file, the field, expected and found for
/// a family that is not known, a field of the wrong type or range, or one that asks for arithmetic
/// that is not implemented.
inline DecoderFamily read_family(const HuggingFaceConfig& json)
{
    auto const type = json.string("model_type");
    if (!type || *type == "gpt2") return {read_gpt2_shape(json), gpt2_names, gpt2_fields};
    if (*type == "gpt_neox") return {read_gpt_neox_shape(json), gpt_neox_names, gpt_neox_fields};
    if (*type == "llama" || *type == "mistral" || *type == "qwen2") {
        return {read_llama_shape(json), llama_names, llama_fields};
    }
    json.refuse("model_type", "'gpt2', 'gpt_neox', 'llama', 'mistral' or 'qwen2'");
}

/// The same of FOLDER/config.json.
inline DecoderFamily read_family(const std::filesystem::path& folder)
{
    return read_family(HuggingFaceConfig::open(folder));
}

/// Whether a config.json is for `read_encoder_family`, and not for `read_family`.
inline bool describes_encoder(const HuggingFaceConfig& json)
{
    auto const type = json.string("model_type");
    return type == "bert" || type == "distilbert";
}

/// What the config.json of an encoder says. Throws as `read_family` does.
inline EncoderFamily read_encoder_family(const HuggingFaceConfig& json)
{
    if (!describes_encoder(json)) json.refuse("model_type", "'bert' or 'distilbert'");
    if (json.string("model_type") == "bert") {
        return {read_encoder_shape(json, bert_fields), bert_names, bert_fields, Pooler::tanh};
    }
    return {read_encoder_shape(json, distilbert_fields), distilbert_names, distilbert_fields,
            Pooler::relu};
}

/// The same of FOLDER/config.json.
inline EncoderFamily read_encoder_family(const std::filesystem::path& folder)
{
    return read_encoder_family(HuggingFaceConfig::open(folder));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
