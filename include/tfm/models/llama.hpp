#pragma once

/// \file
/// Llama and what is built like it (Touvron et al. 2023; Mistral, Qwen2): shape, config.json
/// and weight names.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "config_fields.hpp"
#include "config_writer.hpp"
#include "rotary_config.hpp"
#include "weight_names.hpp"

namespace tfm {

/// What Llama's blocks have in common; sizes are zero.
inline constexpr DecoderShape llama_base{
    .vocab = 0,
    .context = 0,
    .width = 0,
    .heads = 0,
    .layers = 0,
    .activation = Activation::silu,
    .tied_head = false,
    .gated_mlp = true,
    .norm = Norm::rms_norm,
    .positions = Positions::rotary,
    .biases = {.qkv = false, .projection = false, .mlp = false}};

/// What transformers' `LlamaConfig`, `MistralConfig` and `Qwen2Config` describe where nothing is
/// given, by model_type.
constexpr DecoderShape llama_defaults(std::string_view type) noexcept
{
    DecoderShape shape = llama_base;
    shape.vocab = 32000;
    shape.context = 2048;
    shape.width = 4096;
    shape.heads = 32;
    shape.layers = 32;
    shape.mlp_width = 11008;
    shape.norm_epsilon = 1e-6F; // Llama 2's files say 1e-5
    if (type == "mistral") {
        shape.context = 131072;
        shape.kv_heads = 8;
        shape.mlp_width = 14336;
        shape.window = 4096;
    } else if (type == "qwen2") {
        shape.vocab = 151936;
        shape.context = 32768;
        shape.kv_heads = 32;
        shape.mlp_width = 22016;
    }
    return shape;
}

/// What Llama's config.json calls the sizes.
inline constexpr ShapeFields llama_fields{.norm_epsilon = "rms_norm_eps"};

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Positions a token sees, 0 for all. Qwen2 names a window that it uses only where told to, in
/// layers from max_window_layers on.
inline std::size_t read_window(const HuggingFaceConfig& json, std::string_view type,
                               const DecoderShape& defaults, std::size_t layers)
{
    if (type == "llama") return 0;
    if (type == "mistral") return optional_size(json, "sliding_window", defaults.window);
    if (json.flag("use_sliding_window", false) &&
        optional_size(json, "max_window_layers", 28) < layers)
        json.refuse("use_sliding_window", "false: layers all alike", "true");
    if (auto const types = json.find("layer_types"))
        for (auto const& [key, layer] : types->items())
            if (layer.string() != "full_attention")
                json.refuse("layer_types", "'full_attention' of every layer", describe(layer));
    return 0;
}

/// Reads and checks the sizes of heads, which need not fill the width.
inline void read_heads(const HuggingFaceConfig& json, DecoderShape& shape)
{
    shape.kv_heads = optional_size(json, "num_key_value_heads", shape.kv_heads);
    check_divides(json, "num_key_value_heads", shape.key_heads(), "num_attention_heads",
                  shape.heads);
    shape.head_dim = optional_size(json, "head_dim", 0);
    if (shape.head_dim == 0)
        check_divides(json, "num_attention_heads", shape.heads, "hidden_size", shape.width,
                      " or a head_dim");
}

} // namespace detail

/// The shape that a config.json of Llama, Mistral or Qwen2 describes. A field that is not given has
/// the default of transformers' class.
/// \throws tfm::Error in one line naming the file, the field, expected and found when a field has
/// the wrong type or range, or asks for arithmetic that is not implemented.
inline DecoderShape read_llama_shape(const HuggingFaceConfig& json)
{
    std::string const type = json.string("model_type").value_or("llama");
    DecoderShape const defaults = llama_defaults(type);
    DecoderShape shape = detail::read_decoder(json, llama_fields, defaults);
    detail::read_heads(json, shape);
    shape.window = detail::read_window(json, type, defaults, shape.layers);
    shape.rotary = detail::read_rotary(json, {"rope_theta", "partial_rotary_factor", 1.0}, shape);
    bool const attention_bias = json.flag("attention_bias", false);
    shape.biases = {.qkv = type == "qwen2" || attention_bias,
                    .projection = type != "qwen2" && attention_bias,
                    .mlp = json.flag("mlp_bias", false)};
    return shape;
}

namespace detail {

/// The config.json of a Llama, or of the kin of it that has what the shape has: a window is
/// Mistral's, biases of queries, keys and values alone are Qwen2's.
inline ConfigWriter llama_config(const DecoderShape& shape, std::optional<std::size_t> end_of_text,
                                 FileDType weights)
{
    bool const is_qwen2 = shape.biases.qkv && !shape.biases.projection;
    bool const is_mistral = shape.window != 0 && !is_qwen2;
    ConfigWriter config = is_qwen2     ? ConfigWriter("qwen2", "Qwen2ForCausalLM")
                          : is_mistral ? ConfigWriter("mistral", "MistralForCausalLM")
                                       : ConfigWriter("llama", "LlamaForCausalLM");
    config.add_sizes(llama_fields, shape);
    config.add("num_key_value_heads", shape.key_heads());
    config.add("head_dim", shape.head_width());
    if (is_mistral) config.add("sliding_window", shape.window);
    if (!is_mistral && !is_qwen2) {
        config.add("attention_bias", shape.biases.qkv && shape.biases.projection);
        config.add("mlp_bias", shape.biases.mlp);
    }
    config.add("rope_theta", shape.rotary.base);
    add_rotary_scaling(config, shape.rotary);
    config.add("tie_word_embeddings", shape.tied_head);
    config.add_end_of_text(end_of_text, weights);
    return config;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE

/// Names in Hugging Face's Llama, Mistral and Qwen2 checkpoints.
inline constexpr DecoderNames llama_names{.prefix = "model.",
                                          .token_embedding = "embed_tokens.weight",
                                          .attention_norm = "layers.{}.input_layernorm",
                                          .qkv_storage = QkvStorage::three_matrices,
                                          .query = "layers.{}.self_attn.q_proj",
                                          .key = "layers.{}.self_attn.k_proj",
                                          .value = "layers.{}.self_attn.v_proj",
                                          .attention_projection = "layers.{}.self_attn.o_proj",
                                          .mlp_norm = "layers.{}.post_attention_layernorm",
                                          .mlp_up = "layers.{}.mlp.up_proj",
                                          .mlp_gate = "layers.{}.mlp.gate_proj",
                                          .mlp_down = "layers.{}.mlp.down_proj",
                                          .final_norm = "norm",
                                          .head = "lm_head.weight",
                                          .orientation = Orientation::out_in};

} // namespace tfm
