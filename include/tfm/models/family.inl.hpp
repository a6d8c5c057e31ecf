#pragma once

/// \file
/// The families that are known, by config.json's model_type.

#include "bert.hpp"
#include "distilbert.hpp"
#include "family.hpp"
#include "gpt2.hpp"
#include "gpt_neox.hpp"
#include "llama.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

TFM_INLINE DecoderFamily read_family(const std::filesystem::path& folder)
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

TFM_INLINE EncoderFamily read_encoder_family(const std::filesystem::path& folder)
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
