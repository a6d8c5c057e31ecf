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

TFM_INLINE DecoderFamily read_family(const HuggingFaceConfig& json)
{
    auto const type = json.string("model_type");
    if (!type || *type == "gpt2") return {read_gpt2_shape(json), gpt2_names, gpt2_fields};
    if (*type == "gpt_neox") return {read_gpt_neox_shape(json), gpt_neox_names, gpt_neox_fields};
    if (*type == "llama" || *type == "mistral" || *type == "qwen2") {
        return {read_llama_shape(json), llama_names, llama_fields};
    }
    json.refuse("model_type", "'gpt2', 'gpt_neox', 'llama', 'mistral' or 'qwen2'");
}

TFM_INLINE DecoderFamily read_family(const std::filesystem::path& folder)
{
    return read_family(HuggingFaceConfig::open(folder));
}

TFM_INLINE bool describes_encoder(const HuggingFaceConfig& json)
{
    auto const type = json.string("model_type");
    return type == "bert" || type == "distilbert";
}

TFM_INLINE EncoderFamily read_encoder_family(const HuggingFaceConfig& json)
{
    if (!describes_encoder(json)) json.refuse("model_type", "'bert' or 'distilbert'");
    if (json.string("model_type") == "bert") {
        return {read_encoder_shape(json, bert_fields, bert::base_uncased), bert_names, bert_fields,
                Pooler::tanh};
    }
    return {read_encoder_shape(json, distilbert_fields, distilbert::base_uncased), distilbert_names,
            distilbert_fields, Pooler::relu};
}

TFM_INLINE EncoderFamily read_encoder_family(const std::filesystem::path& folder)
{
    return read_encoder_family(HuggingFaceConfig::open(folder));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
