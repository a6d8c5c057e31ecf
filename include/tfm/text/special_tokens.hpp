#pragma once

/// \file
/// The tokens outside of byte-pair encoding, as Hugging Face folders name them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/text_file.hpp"
#include "json_tree.hpp"
#include "vocabulary_json.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A token that is cut out of the text before it is encoded.
struct SpecialToken {
    std::string content;
    std::optional<std::int64_t> id; ///< if absent, the vocabulary must have it
    std::string source;             ///< the file that names it
};

/// What special_tokens_map.json, added_tokens.json and tokenizer_config.json say.
struct SpecialTokens {
    std::vector<SpecialToken> tokens;
    std::optional<std::string> end_of_text;
};

/// Parses a JSON object; fails naming the file if it is something else.
[[nodiscard]] inline nlohmann::json parse_json_object(const TextFile& file)
{
    std::string problem;
    auto document = parse_json_tree(file.text, problem);
    require(document.has_value(),
            [&] { return file.name + ": " + (problem.empty() ? "not valid JSON" : problem); });
    require(document->is_object(),
            [&] { return file.name + ": expected an object, found " + document->type_name(); });
    return *std::move(document);
}

/// The content of a token written as a string or as {"content": ...}. Fails if it asks for more
/// than an exact match of its content.
[[nodiscard]] inline std::string special_content(const nlohmann::json& value,
                                                 const std::string& where)
{
    if (value.is_string()) return value.get<std::string>();
    const auto content = value.find("content");
    require(content != value.end() && content->is_string(),
            [&] { return where + ": expected a token as a string or an object with 'content'"; });
    for (const char* const option : {"lstrip", "rstrip", "single_word"}) {
        const auto given = value.find(option);
        require(given == value.end() || is_false(*given), [&] {
            return where + ": '" + option + "' is not implemented, expected false, found " +
                   describe(*given);
        });
    }
    return content->get<std::string>();
}

/// Collects the fields `..._token` and `additional_special_tokens` of special_tokens_map.json or
/// tokenizer_config.json. (A boolean such as `add_bos_token` is no token.)
inline void add_named_tokens(SpecialTokens& special, const nlohmann::json& document,
                             const std::string& file)
{
    for (auto field = document.begin(); field != document.end(); ++field) {
        const std::string& key = field.key();
        const nlohmann::json& value = *field;
        const std::string where = file + ": " + in_quotes(key);
        if (key == "additional_special_tokens" && value.is_array()) {
            for (const auto& token : value)
                special.tokens.push_back({special_content(token, where), {}, file});
        } else if (key.ends_with("_token") && (value.is_string() || value.is_object())) {
            special.tokens.push_back({special_content(value, where), {}, file});
            if (key == "eos_token" && !special.end_of_text)
                special.end_of_text = special.tokens.back().content;
        }
    }
}

/// Refuses settings of tokenizer_config.json that would change the ids and are not implemented.
inline void check_tokenizer_settings(const nlohmann::json& document, const std::string& file)
{
    for (const char* const key : {"add_prefix_space", "add_bos_token", "add_eos_token"}) {
        const auto setting = document.find(key);
        const bool is_set =
            setting != document.end() && setting->is_boolean() && !is_false(*setting);
        require(!is_set, [&] {
            return file + ": '" + key + "' is not implemented, expected false, found true";
        });
    }
}

/// Collects `added_tokens_decoder` of tokenizer_config.json: {"50256": {"content": ...}, ...}.
inline void add_decoder_tokens(SpecialTokens& special, const nlohmann::json& document,
                               const std::string& file)
{
    const auto added = document.find("added_tokens_decoder");
    if (added == document.end()) return;
    require(added->is_object(),
            [&] { return file + ": 'added_tokens_decoder': expected an object"; });
    for (auto entry = added->begin(); entry != added->end(); ++entry) {
        const std::string& key = entry.key();
        const bool is_id =
            !key.empty() && key.size() <= 10 && key.find_first_not_of("0123456789") == key.npos;
        require(is_id, [&] {
            return file + ": 'added_tokens_decoder': expected ids as keys, found " + in_quotes(key);
        });
        const std::string where = file + ": 'added_tokens_decoder': " + in_quotes(key);
        special.tokens.push_back({special_content(*entry, where), std::stoll(key), file});
    }
}

/// All special tokens that the files name; the same token may come up several times. Those with an
/// id come first, so that the others find them.
[[nodiscard]] inline SpecialTokens
parse_special_tokens(const std::optional<TextFile>& special_tokens_map,
                     const std::optional<TextFile>& added_tokens,
                     const std::optional<TextFile>& tokenizer_config)
{
    SpecialTokens special;
    if (added_tokens) {
        for (auto& [content, id] : parse_token_object(*added_tokens))
            special.tokens.push_back({std::move(content), id, added_tokens->name});
    }
    nlohmann::json config;
    if (tokenizer_config) {
        config = parse_json_object(*tokenizer_config);
        check_tokenizer_settings(config, tokenizer_config->name);
        add_decoder_tokens(special, config, tokenizer_config->name);
    }
    if (special_tokens_map)
        add_named_tokens(special, parse_json_object(*special_tokens_map), special_tokens_map->name);
    if (tokenizer_config) add_named_tokens(special, config, tokenizer_config->name);
    return special;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
