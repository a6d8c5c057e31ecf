#pragma once

/// \file
/// The config.json of a GPT-2: what its arithmetic is, and the refusal of what is not implemented.
///
/// Fields and defaults are those of `GPT2Config` in Hugging Face's transformers; a field that is
/// not given has the default transformers would give it (GPT-2 small).

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "../nn/decoder_shape.hpp"
#include "file_dtype.hpp"
#include "hugging_face_config.hpp"

namespace tfm {

/// What a GPT-2's config.json says about its arithmetic. The defaults are GPT-2 small.
struct Gpt2Config {
    std::size_t vocab = 50257;    ///< vocab_size
    std::size_t context = 1024;   ///< n_positions
    std::size_t width = 768;      ///< n_embd
    std::size_t heads = 12;       ///< n_head
    std::size_t layers = 12;      ///< n_layer
    std::size_t mlp_width = 3072; ///< 4 width where config.json does not give n_inner
    double norm_epsilon = 1e-5;   ///< layer_norm_epsilon
    Activation activation = Activation::gelu_tanh; ///< activation_function
    bool tied_head = true;                         ///< the output projection is the token embedding
    /// The token that ends a text; none when the file says null or the vocabulary has no such id.
    std::optional<std::size_t> eos_token_id = 50256;
    /// The type the weights are said to have; none when not given or not a `FileDType`.
    std::optional<FileDType> dtype = std::nullopt;

    bool operator==(const Gpt2Config&) const = default;
};

inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// Fields that are harmless only when not given, false, or an empty list or object.
///
/// `reorder_and_upcast_attn` is not among them: it asks for scores and softmax in fp32 where the
/// model runs in half precision, and here both are always fp32.
struct Gpt2Refusal {
    std::string_view field;
    std::string_view reason;
};
inline constexpr std::array gpt2_refusals{
    Gpt2Refusal{"scale_attn_by_inverse_layer_idx", "scores scaled alike in every layer"},
    Gpt2Refusal{"add_cross_attention", "a model without cross-attention"},
    Gpt2Refusal{"is_encoder_decoder", "a decoder alone"},
    Gpt2Refusal{"pruned_heads", "all heads in place"},
    Gpt2Refusal{"quantization_config", "weights that are not quantised"},
    Gpt2Refusal{"auto_map", "transformers' own GPT-2, not code in the folder"},
    // Fields of derived architectures that keep the name gpt2.
    Gpt2Refusal{"rotary", "learned absolute positions"},
    Gpt2Refusal{"rotary_dim", "learned absolute positions"},
    Gpt2Refusal{"rope_theta", "learned absolute positions"},
    Gpt2Refusal{"rope_scaling", "learned absolute positions"},
    Gpt2Refusal{"rope_parameters", "learned absolute positions"},
    Gpt2Refusal{"alibi", "learned absolute positions"},
    Gpt2Refusal{"sliding_window", "attention to every earlier position"},
    Gpt2Refusal{"multi_query", "keys and values for every head"},
};

inline bool counts_as_absent(const Json& value)
{
    return is_false(value) || (value.is_structured() && value.empty());
}

/// Fields for which transformers knows no null: it would fail, or take null for false.
inline constexpr std::array<std::string_view, 9> gpt2_never_null{"vocab_size",
                                                                 "n_positions",
                                                                 "n_embd",
                                                                 "n_head",
                                                                 "n_layer",
                                                                 "activation_function",
                                                                 "layer_norm_epsilon",
                                                                 "scale_attn_weights",
                                                                 "tie_word_embeddings"};

/// Fails unless config.json describes a GPT-2.
inline void check_gpt2_architecture(const HuggingFaceConfig& json)
{
    if (auto const type = json.string("model_type")) {
        if (*type != "gpt2") json.refuse("model_type", "'gpt2'", in_quotes(*type));
        return;
    }
    const Json* const list = json.find("architectures");
    if (list == nullptr) json.refuse("model_type", "'gpt2'", "neither it nor architectures");
    for (std::string_view const known : {"GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel"}) {
        if (!list->is_array()) break;
        for (const Json& entry : *list) {
            const auto* const text = entry.get_ptr<const std::string*>();
            if (text != nullptr && *text == known) return;
        }
    }
    json.refuse("architectures", "'GPT2LMHeadModel' (model_type is not given)", describe(*list));
}

/// Fails on every field that would change the arithmetic and is not implemented.
inline void check_gpt2_arithmetic(const HuggingFaceConfig& json)
{
    for (const auto& [field, reason] : gpt2_refusals) {
        const Json* const value = json.find(field);
        if (value != nullptr && !counts_as_absent(*value))
            json.refuse(field, reason, describe(*value));
    }
    for (std::string_view const field : gpt2_never_null) {
        if (json.has(field) && json.find(field) == nullptr) json.refuse(field, "a value", "null");
    }
    if (!json.boolean("scale_attn_weights").value_or(true))
        json.refuse("scale_attn_weights", "true", "false");
    if (!json.boolean("is_causal").value_or(true)) json.refuse("is_causal", "true", "false");
    auto const positions = json.string("position_embedding_type").value_or("absolute");
    if (positions != "absolute")
        json.refuse("position_embedding_type", "'absolute'", in_quotes(positions));
}

/// A size under its GPT-2 name or the general name that transformers takes for the same.
inline std::size_t gpt2_size(const HuggingFaceConfig& json, std::string_view field,
                             std::string_view general, std::int64_t max, std::size_t otherwise)
{
    auto const own = json.integer(field, 1, max);
    auto const other = json.integer(general, 1, max);
    if (own && other && *own != *other)
        json.refuse(field,
                    "the same as " + std::string(general) + " (" + std::to_string(*other) + ")",
                    std::to_string(*own));
    auto const given = own ? own : other;
    return given ? static_cast<std::size_t>(*given) : otherwise;
}

/// Fails when `field` is given and not `size`, which `meaning` names.
inline void check_gpt2_same(const HuggingFaceConfig& json, std::string_view field,
                            std::string_view meaning, std::size_t size)
{
    const Json* const value = json.find(field);
    if (value == nullptr) return;
    const auto* const natural = value->get_ptr<const std::uint64_t*>();
    if (natural == nullptr || *natural != size)
        json.refuse(field, std::string(meaning) + " (" + std::to_string(size) + ")",
                    describe(*value));
}

inline Activation gpt2_activation(const HuggingFaceConfig& json)
{
    auto const text = json.string("activation_function").value_or("gelu_new");
    if (text == "gelu_new" || text == "gelu_pytorch_tanh") return Activation::gelu_tanh;
    if (text != "gelu")
        json.refuse("activation_function", "'gelu_new', 'gelu_pytorch_tanh' or 'gelu'",
                    in_quotes(text));
    return Activation::gelu;
}

/// The end-of-text token. Small models often carry GPT-2's 50256 though their vocabulary ends
/// before it; such an id never occurs, so it counts as none.
inline std::optional<std::size_t> gpt2_eos(const HuggingFaceConfig& json, std::size_t vocab,
                                           std::size_t otherwise)
{
    const Json* value = json.find("eos_token_id");
    if (value == nullptr) {
        bool const is_null = json.has("eos_token_id");
        if (is_null || otherwise >= vocab) return std::nullopt;
        return otherwise;
    }
    const Json& id = value->is_array() && value->size() == 1 ? value->front() : *value;
    const auto* const natural = id.get_ptr<const std::uint64_t*>();
    // Some files write "none" as -1.
    const auto* const negative = id.get_ptr<const std::int64_t*>();
    if (natural == nullptr && (negative == nullptr || *negative != -1))
        json.refuse("eos_token_id", "one token id or null", describe(*value));
    if (natural == nullptr || *natural >= vocab) return std::nullopt;
    return static_cast<std::size_t>(*natural);
}

/// The dtype under its new or its old name: "float32" or "torch.float32".
inline std::optional<FileDType> gpt2_dtype(const HuggingFaceConfig& json)
{
    auto text = json.string("dtype");
    if (!text) text = json.string("torch_dtype");
    if (!text) return std::nullopt;
    std::string_view dtype = *text;
    if (dtype.starts_with("torch.")) dtype.remove_prefix(6);
    if (dtype == "float32") return FileDType::F32;
    if (dtype == "float16") return FileDType::F16;
    if (dtype == "bfloat16") return FileDType::BF16;
    if (dtype == "float64") return FileDType::F64;
    return std::nullopt;
}

} // namespace detail

/// What `json` says, checked: sizes from 1 up and small enough that no product of two overflows.
/// \throws tfm::Error in one line naming the file, the field, expected and found when it is not
/// a GPT-2, a field has the wrong type or range, or asks for arithmetic that is not implemented.
inline Gpt2Config read_gpt2_config(const HuggingFaceConfig& json)
{
    constexpr std::int64_t max_size = 1 << 24;
    constexpr Gpt2Config small;
    detail::check_gpt2_architecture(json);
    detail::check_gpt2_arithmetic(json);
    Gpt2Config config;
    auto const vocab = json.integer("vocab_size", 1, max_size);
    config.vocab = vocab ? static_cast<std::size_t>(*vocab) : small.vocab;
    config.context =
        detail::gpt2_size(json, "n_positions", "max_position_embeddings", max_size, small.context);
    config.width = detail::gpt2_size(json, "n_embd", "hidden_size", max_size, small.width);
    config.heads = detail::gpt2_size(json, "n_head", "num_attention_heads", max_size, small.heads);
    config.layers = detail::gpt2_size(json, "n_layer", "num_hidden_layers", max_size, small.layers);
    if (config.width % config.heads != 0)
        json.refuse("n_head", "a divisor of n_embd (" + std::to_string(config.width) + ")",
                    std::to_string(config.heads));
    detail::check_gpt2_same(json, "n_ctx", "the same as n_positions", config.context);
    detail::check_gpt2_same(json, "num_key_value_heads", "the same as n_head", config.heads);
    auto const inner = json.integer("n_inner", 1, 4 * max_size);
    config.mlp_width = inner ? static_cast<std::size_t>(*inner) : 4 * config.width;
    config.norm_epsilon = json.number("layer_norm_epsilon").value_or(small.norm_epsilon);
    if (!(config.norm_epsilon > 0 && config.norm_epsilon <= 1))
        json.refuse("layer_norm_epsilon", "a number above 0 and at most 1",
                    describe(*json.find("layer_norm_epsilon")));
    config.activation = detail::gpt2_activation(json);
    config.tied_head = json.boolean("tie_word_embeddings").value_or(small.tied_head);
    config.eos_token_id = detail::gpt2_eos(json, config.vocab, *small.eos_token_id);
    config.dtype = detail::gpt2_dtype(json);
    return config;
}

/// The same for FOLDER/config.json.
inline Gpt2Config read_gpt2_config(const std::filesystem::path& folder)
{
    return read_gpt2_config(HuggingFaceConfig::open(folder));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
