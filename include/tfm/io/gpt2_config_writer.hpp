#pragma once

/// \file
/// Writing the config.json of a GPT-2: apart from reading it, for which no compiler need build what
/// turns JSON into text.

#include <filesystem>

#include "gpt2_config.hpp"
#include "output_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Writes FOLDER/config.json as transformers reads it; the folder must exist.
/// \throws tfm::Error when it cannot be written.
inline void write_gpt2_config(const std::filesystem::path& folder, const Gpt2Config& config)
{
    Json json;
    json["architectures"] = {"GPT2LMHeadModel"};
    json["model_type"] = "gpt2";
    json["vocab_size"] = config.vocab;
    json["n_positions"] = config.context;
    json["n_ctx"] = config.context; // read by old versions only
    json["n_embd"] = config.width;
    json["n_head"] = config.heads;
    json["n_layer"] = config.layers;
    json["n_inner"] = config.mlp_width;
    json["layer_norm_epsilon"] = config.norm_epsilon;
    json["activation_function"] = config.activation == Activation::gelu ? "gelu" : "gelu_new";
    json["tie_word_embeddings"] = config.tied_head;
    // Given even when there is none: transformers would take 50256 otherwise.
    json["bos_token_id"] = nullptr;
    json["eos_token_id"] = nullptr;
    if (config.eos_token_id) {
        json["bos_token_id"] = *config.eos_token_id; // GPT-2 begins and ends texts with one token
        json["eos_token_id"] = *config.eos_token_id;
    }
    if (config.dtype == FileDType::F64) json["torch_dtype"] = "float64";
    if (config.dtype == FileDType::F32) json["torch_dtype"] = "float32";
    if (config.dtype == FileDType::F16) json["torch_dtype"] = "float16";
    if (config.dtype == FileDType::BF16) json["torch_dtype"] = "bfloat16";
    OutputFile file(folder / "config.json");
    file.write(json.dump(2) + "\n");
    file.commit();
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
