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
};

inline namespace TFM_BUILD_NAMESPACE {

/// Reads FOLDER/config.json. Throws `tfm::Error` naming the file, the field, expected and found for
/// a family that is not known, a field of the wrong type or range, or one that asks for arithmetic
/// that is not implemented.
inline DecoderFamily read_family(const std::filesystem::path& folder)
{
    HuggingFaceConfig const json = HuggingFaceConfig::open(folder);
    auto const type = json.string("model_type");
    if (!type || *type == "gpt2") return {read_gpt2_shape(json), gpt2_names, gpt2_fields};
    if (*type == "gpt_neox") return {read_gpt_neox_shape(json), gpt_neox_names, gpt_neox_fields};
    if (*type == "llama" || *type == "mistral" || *type == "qwen2") {
        return {read_llama_shape(json), llama_names, llama_fields};
    }
    json.refuse("model_type", "'gpt2', 'gpt_neox', 'llama', 'mistral' or 'qwen2'");
}

/// The same of a folder with an encoder.
inline EncoderFamily read_encoder_family(const std::filesystem::path& folder)
{
    HuggingFaceConfig const json = HuggingFaceConfig::open(folder);
    auto const type = json.string("model_type");
    if (type == "bert") return {read_encoder_shape(json, bert_fields), bert_names, bert_fields};
    if (type == "distilbert") {
        return {read_encoder_shape(json, distilbert_fields), distilbert_names, distilbert_fields};
    }
    json.refuse("model_type", "'bert' or 'distilbert'");
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
