#pragma once

/// \file
/// generation_config.json: how a folder's authors want text to be drawn, and what ends it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "../nn/tokens.hpp"
#include "hugging_face_config.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// What a generation_config.json says, as far as `generate` implements it. A field that the file
/// lacks, or that is null there, is empty.
struct GenerationConfig {
    std::vector<Token> end_of_text;            ///< `eos_token_id`: one id or a list
    std::optional<bool> do_sample;             ///< false: the most likely token is always taken
    std::optional<double> temperature;         ///< from 0 up
    std::optional<std::size_t> top_k;          ///< 0: all
    std::optional<double> top_p;               ///< above 0 and at most 1
    std::optional<std::size_t> max_new_tokens; ///< tokens after the prompt
    std::optional<std::size_t> max_length;     ///< tokens with the prompt
    std::optional<double> repetition_penalty;  ///< above 0
    std::optional<std::size_t> no_repeat_ngram_size; ///< 0: any
    std::optional<std::size_t> min_new_tokens;       ///< tokens before an end of text
    std::optional<double> min_p;                     ///< from 0 to 1
    std::optional<double> typical_p;                 ///< above 0 and at most 1
    std::optional<double> epsilon_cutoff;            ///< from 0 to 1
    /// Names of fields that would change which tokens are drawn, and that tfm does not implement.
    std::vector<std::string> not_implemented;
};

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A field that transformers' generation heeds and tfm does not, and the number that turns it off.
struct UnusedSetting {
    std::string_view field;
    double neutral = 0; ///< null, false and what is empty turn every field off
};

inline constexpr std::array unused_settings{
    UnusedSetting{"encoder_repetition_penalty", 1},
    UnusedSetting{"encoder_no_repeat_ngram_size"},
    UnusedSetting{"num_beams", 1},
    UnusedSetting{"penalty_alpha"},
    UnusedSetting{"eta_cutoff"},
    UnusedSetting{"min_length"},
    UnusedSetting{"guidance_scale", 1},
    UnusedSetting{"bad_words_ids"},
    UnusedSetting{"force_words_ids"},
    UnusedSetting{"forced_bos_token_id", -1},
    UnusedSetting{"forced_eos_token_id", -1},
    UnusedSetting{"suppress_tokens"},
    UnusedSetting{"begin_suppress_tokens"},
    UnusedSetting{"sequence_bias"},
    UnusedSetting{"stop_strings"},
    UnusedSetting{"exponential_decay_length_penalty"},
    UnusedSetting{"watermarking_config"},
};

/// The ids that a field holds, one or a list. Fails on anything else and, naming the vocabulary, on
/// ids that the model has not.
inline std::vector<Token> read_token_ids(const HuggingFaceConfig& json, std::string_view field,
                                         std::size_t vocab)
{
    std::vector<Token> ids;
    auto const add = [&](const Json& value) {
        if (!value.natural() || *value.natural() >= vocab)
            json.refuse(field,
                        "one token id or a list of them, each below the " + std::to_string(vocab) +
                            " of the model's vocabulary",
                        describe(value));
        ids.push_back(static_cast<Token>(*value.natural()));
    };
    auto const value = json.find(field);
    if (!value) return ids;
    if (!value->is_list()) add(*value);
    if (value->is_list())
        for (const JsonItem item : value->items()) add(item.value);
    return ids;
}

/// A number in [min, max], or above min where `open` says so; none when the field is not given.
inline std::optional<double> read_number(const HuggingFaceConfig& json, std::string_view field,
                                         double max, bool open, std::string_view expected)
{
    auto const number = json.number(field);
    bool const fits = number && (open ? *number > 0 : *number >= 0) && *number <= max;
    if (number && !fits) json.refuse(field, expected);
    return number;
}

inline std::optional<std::size_t> read_count(const HuggingFaceConfig& json, std::string_view field)
{
    auto const count = json.integer(field, 0, std::int64_t{1} << 40);
    return count ? std::optional(static_cast<std::size_t>(*count)) : std::nullopt;
}

} // namespace detail

/// Reads FOLDER/generation_config.json; none where there is no such file.
/// \param vocab tokens that the model has
/// \throws tfm::Error naming the file and the field for a value of another kind or out of range
inline std::optional<GenerationConfig> read_generation_config(const std::filesystem::path& folder,
                                                              std::size_t vocab)
{
    constexpr const char* name = "generation_config.json";
    std::error_code ignored;
    if (!std::filesystem::exists(folder / name, ignored)) return std::nullopt;
    HuggingFaceConfig const json = HuggingFaceConfig::open(folder, name);
    GenerationConfig config;
    config.end_of_text = detail::read_token_ids(json, "eos_token_id", vocab);
    config.do_sample = json.boolean("do_sample");
    config.temperature = detail::read_number(json, "temperature", 1e6, false, "a number from 0 up");
    config.top_k = detail::read_count(json, "top_k");
    constexpr const char* share = "a number above 0 and at most 1";
    constexpr const char* least = "a number from 0 to 1";
    config.top_p = detail::read_number(json, "top_p", 1, true, share);
    config.repetition_penalty =
        detail::read_number(json, "repetition_penalty", 1e6, true, "a number above 0");
    config.no_repeat_ngram_size = detail::read_count(json, "no_repeat_ngram_size");
    config.min_new_tokens = detail::read_count(json, "min_new_tokens");
    config.min_p = detail::read_number(json, "min_p", 1, false, least);
    config.typical_p = detail::read_number(json, "typical_p", 1, true, share);
    config.epsilon_cutoff = detail::read_number(json, "epsilon_cutoff", 1, false, least);
    config.max_new_tokens = detail::read_count(json, "max_new_tokens");
    config.max_length = detail::read_count(json, "max_length");
    for (auto const& [field, neutral] : detail::unused_settings) {
        auto const value = json.find(field);
        if (!value || value->is_false() || value->is_empty() || value->number() == neutral)
            continue;
        config.not_implemented.emplace_back(field);
    }
    return config;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
