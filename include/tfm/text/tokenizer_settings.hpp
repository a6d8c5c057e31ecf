#pragma once

/// \file
/// What stands beside a tokenizer's vocabulary: tokenizer_config.json, special_tokens_map.json and
/// added_tokens.json.

#include <algorithm>
#include <array>
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
#include "../sorted_places.hpp"
#include "special_tokens.hpp"
#include "token_collection.hpp"
#include "tokenizer_json.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A token written as a string or as {"content": ..., "lstrip": ..., ...}. `special` counts where
/// the file does not say. Fails on options that are no truth values.
[[nodiscard]] inline AddedToken read_added_token(const Json& value, const std::string& where,
                                                 bool special)
{
    AddedToken token;
    auto const content = value.string() ? std::optional(value) : value.find("content");
    require(content && content->string(),
            [&] { return where + ": expected a token as a string or an object with 'content'"; });
    token.content = *content->string();
    const auto flag = [&](const char* name, bool otherwise) {
        auto const given = value.find(name);
        require(!given || given->boolean(), [&] {
            return where + ": '" + name + "': expected true or false, found " + describe(*given);
        });
        return given ? *given->boolean() : otherwise;
    };
    token.special = flag("special", special);
    token.normalized = flag("normalized", !token.special);
    token.single_word = flag("single_word", false);
    token.lstrip = flag("lstrip", false);
    token.rstrip = flag("rstrip", false);
    return token;
}

/// The settings of a folder.
struct TokenizerSettings {
    std::vector<StatedToken> tokens; ///< in the order in which they are added
    std::optional<std::string> begin_of_text;
    std::optional<std::string> end_of_text;
    std::string tokenizer_class; ///< without "Fast"; empty where no file says it
    std::optional<bool> add_bos_token;
    std::optional<bool> add_eos_token;
    std::optional<bool> add_prefix_space;
    std::string file; ///< tokenizer_config.json as errors name it
};

/// Reads the settings as transformers does.
class TokenizerSettingsReader {
public:
    TokenizerSettingsReader(const std::optional<TextFile>& special_tokens_map,
                            const std::optional<TextFile>& added_tokens,
                            const std::optional<TextFile>& tokenizer_config)
    {
        if (special_tokens_map)
            map_ = {special_tokens_map->name, parse_json_object(*special_tokens_map)};
        if (tokenizer_config) {
            config_ = {tokenizer_config->name, parse_json_object(*tokenizer_config)};
            read_config();
        }
        read_named_tokens();
        if (added_tokens && !has_decoder()) read_added_tokens(*added_tokens);
        for (StatedToken& token : named_) settings_.tokens.push_back(std::move(token));
    }

    [[nodiscard]] TokenizerSettings take() && { return std::move(settings_); }

private:
    struct File {
        std::string name;
        JsonDocument document;
    };

    [[nodiscard]] bool has_decoder() const
    {
        return config_.document.root().has("added_tokens_decoder");
    }

    void read_config()
    {
        Json const root = config_.document.root();
        TokenizerJson const config(config_.name, root);
        settings_.file = config_.name;
        settings_.tokenizer_class = config.string("tokenizer_class", "");
        if (settings_.tokenizer_class.ends_with("Fast"))
            settings_.tokenizer_class.resize(settings_.tokenizer_class.size() - 4);
        const auto flag = [&](std::string_view field) {
            auto const value = root.find(field);
            if (value && !value->boolean()) config.refuse(field, "true or false");
            return value ? value->boolean() : std::nullopt;
        };
        settings_.add_bos_token = flag("add_bos_token");
        settings_.add_eos_token = flag("add_eos_token");
        settings_.add_prefix_space = flag("add_prefix_space");
        read_decoder(root);
    }

    /// `added_tokens_decoder`: {"50256": {"content": ...}, ...}, added in the order of their ids.
    void read_decoder(const Json& root)
    {
        if (!has_decoder()) return;
        std::string const where = config_.name + ": 'added_tokens_decoder'";
        auto const added = root.find("added_tokens_decoder");
        require(added && added->is_object(), [&] { return where + ": expected an object"; });
        for (const JsonItem item : added->items()) {
            std::string_view const key = item.key;
            std::int64_t id = 0;
            auto const [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
            bool const is_id =
                error == std::errc() && end == key.data() + key.size() && key[0] != '-';
            require(is_id,
                    [&] { return where + ": expected ids as keys, found " + in_quotes(key); });
            AddedToken token = read_added_token(item.value, where + ": " + in_quotes(key), false);
            settings_.tokens.push_back({std::move(token), id, config_.name});
        }
        sort_by_id();
    }

    void sort_by_id()
    {
        std::vector<StatedToken>& tokens = settings_.tokens;
        put_in_order(tokens, sorted_places(tokens.size(), [&](std::size_t a, std::size_t b) {
                         return tokens[a].id < tokens[b].id;
                     }));
    }

    /// The field of special_tokens_map.json, which goes first where tokenizer_config.json has no
    /// `added_tokens_decoder`, or of tokenizer_config.json.
    std::optional<std::pair<Json, const File*>> find_named(std::string_view field) const
    {
        std::array<const File*, 2> files{&config_, &map_};
        if (!has_decoder()) std::swap(files[0], files[1]);
        for (const File* const file : files)
            if (auto const value = file->document.root().find(field))
                return std::pair(*value, file);
        return std::nullopt;
    }

    void read_named_tokens()
    {
        for (const char* const field : {"bos_token", "eos_token", "unk_token", "sep_token",
                                        "pad_token", "cls_token", "mask_token"}) {
            auto const found = find_named(field);
            if (!found) continue;
            std::string const content = add_named(field, found->first, *found->second);
            if (field == std::string_view("bos_token")) settings_.begin_of_text = content;
            if (field == std::string_view("eos_token")) settings_.end_of_text = content;
        }
        auto const more = find_named("additional_special_tokens");
        if (!more || !more->first.is_list()) return;
        for (auto const& [none, token] : more->first.items())
            add_named("additional_special_tokens", token, *more->second);
    }

    std::string add_named(const char* field, const Json& value, const File& file)
    {
        std::string const where = file.name + ": '" + field + "'";
        AddedToken const token = read_added_token(value, where, true);
        named_.push_back({token, {}, file.name, value.string().has_value()});
        return token.content;
    }

    void read_added_tokens(const TextFile& file)
    {
        std::vector<std::string_view> names;
        for (const StatedToken& named : named_) names.push_back(named.token.content);
        std::sort(names.begin(), names.end());
        for (TokenEntry& entry : parse_token_object(file)) {
            bool const is_named = std::binary_search(names.begin(), names.end(), entry.content);
            AddedToken token{
                .content = std::move(entry.content), .normalized = !is_named, .special = is_named};
            settings_.tokens.push_back({std::move(token), entry.id, file.name});
        }
        sort_by_id();
    }

    File map_;
    File config_;
    TokenizerSettings settings_;
    std::vector<StatedToken> named_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
