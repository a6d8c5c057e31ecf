#pragma once

/// \file
/// The tokens outside of byte-pair encoding, as Hugging Face folders name them.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/json.hpp"
#include "../io/text_file.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A token that is cut out of the text before it is encoded.
struct SpecialToken {
    std::string content;
    std::optional<std::int64_t> id; ///< if absent, the vocabulary must have it
    std::string source;             ///< the file that names it
    bool is_special;                ///< whether a decoder may be told to leave it out
};

/// What special_tokens_map.json, added_tokens.json and tokenizer_config.json say.
struct SpecialTokens {
    std::vector<SpecialToken> tokens;
};

/// The object that a file holds; fails naming the file if it is something else.
[[nodiscard]] inline JsonDocument parse_json_object(const TextFile& file)
{
    return tfm::parse_json_object(file.text, file.name);
}

/// The content of a token written as a string or as {"content": ...}. Fails if it asks for more
/// than an exact match of its content.
[[nodiscard]] inline std::string special_content(const Json& value, const std::string& where)
{
    if (auto const text = value.string()) return std::string(*text);
    auto const content = value.find("content");
    require(content && content->string(),
            [&] { return where + ": expected a token as a string or an object with 'content'"; });
    for (const JsonItem field : value.items()) {
        const std::string_view option = field.key;
        const bool is_other = option == "lstrip" || option == "rstrip" || option == "single_word";
        require(!is_other || field.value.is_false(), [&] {
            return where + ": " + in_quotes(option) +
                   " is not implemented, expected false, found " + describe(field.value);
        });
    }
    return std::string(*content->string());
}

/// Whether the object of an added token says that it is special.
[[nodiscard]] inline bool is_stated_special(const Json& token)
{
    auto const special = token.find("special");
    return special && special->boolean() == true;
}

/// Collects the fields `..._token` and `additional_special_tokens` of special_tokens_map.json or
/// tokenizer_config.json. (A boolean such as `add_bos_token` is no token.)
inline void add_named_tokens(SpecialTokens& special, const Json& document, const std::string& file)
{
    for (auto const& [key, value] : document.items()) {
        const std::string where = file + ": " + in_quotes(key);
        if (key == "additional_special_tokens" && value.is_list()) {
            for (auto const& [none, token] : value.items())
                special.tokens.push_back({special_content(token, where), {}, file, true});
        } else if (key.ends_with("_token") && (value.string() || value.is_object())) {
            special.tokens.push_back({special_content(value, where), {}, file, true});
        }
    }
}

/// Refuses settings of tokenizer_config.json that would change the ids and are not implemented.
inline void check_tokenizer_settings(const Json& document, const std::string& file)
{
    for (const char* const key : {"add_prefix_space", "add_bos_token", "add_eos_token"}) {
        auto const setting = document.find(key);
        require(!setting || setting->boolean() != true, [&] {
            return file + ": '" + key + "' is not implemented, expected false, found true";
        });
    }
}

/// Collects `added_tokens_decoder` of tokenizer_config.json: {"50256": {"content": ...}, ...}.
inline void add_decoder_tokens(SpecialTokens& special, const Json& document,
                               const std::string& file)
{
    if (!document.has("added_tokens_decoder")) return;
    auto const added = document.find("added_tokens_decoder");
    require(added && added->is_object(),
            [&] { return file + ": 'added_tokens_decoder': expected an object"; });
    for (const JsonItem entry : added->items()) {
        const std::string_view key = entry.key;
        std::int64_t id = 0;
        auto const [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
        const bool is_id = error == std::errc() && end == key.data() + key.size() &&
                           key.size() <= 10 && key[0] != '-';
        require(is_id, [&] {
            return file + ": 'added_tokens_decoder': expected ids as keys, found " + in_quotes(key);
        });
        const std::string where = file + ": 'added_tokens_decoder': " + in_quotes(key);
        special.tokens.push_back(
            {special_content(entry.value, where), id, file, is_stated_special(entry.value)});
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
            special.tokens.push_back({std::move(content), id, added_tokens->name, false});
    }
    JsonDocument config;
    if (tokenizer_config) {
        config = parse_json_object(*tokenizer_config);
        check_tokenizer_settings(config.root(), tokenizer_config->name);
        add_decoder_tokens(special, config.root(), tokenizer_config->name);
    }
    if (special_tokens_map)
        add_named_tokens(special, parse_json_object(*special_tokens_map).root(),
                         special_tokens_map->name);
    if (tokenizer_config) add_named_tokens(special, config.root(), tokenizer_config->name);
    return special;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
