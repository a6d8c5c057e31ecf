#pragma once

/// \file
/// The tokens of a folder's files brought together: one string for each id, without gaps.

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
#include "special_tokens.hpp"
#include "token_table.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Special even where no file says so, as in GPT-2's own folder.
inline constexpr std::string_view default_end_of_text = "<|endoftext|>";

/// All tokens of a tokenizer.
struct Vocabulary {
    TokenTable entries; ///< as the files write them, numbered by id
    std::vector<std::pair<std::string, std::int32_t>> special;
    std::optional<std::int32_t> end_of_text;
};

/// A token with its id and the name of the file it came from.
struct SourcedToken {
    std::string content;
    std::int64_t id;
    const std::string* source;
};

/// Adds to `tokens` the special ones that are new. Fails on a token with two ids or with none.
inline void add_new_tokens(std::vector<SourcedToken>& tokens, TokenTable& seen,
                           const std::vector<SpecialToken>& special)
{
    for (const SpecialToken& token : special) {
        const auto where = [&] {
            return token.source + ": special token " + in_quotes(token.content);
        };
        require(!token.content.empty(), [&] { return where() + " is empty"; });
        const std::int32_t known = seen.find(token.content);
        if (known == no_token) {
            require(token.id.has_value(), [&] { return where() + " has no id in any file"; });
            seen.add(token.content);
            tokens.push_back({token.content, *token.id, &token.source});
        } else if (token.id) {
            const SourcedToken& first = tokens[static_cast<std::size_t>(known)];
            require(first.id == *token.id, [&] {
                return where() + " has id " + std::to_string(*token.id) + ", but " +
                       std::to_string(first.id) + " in " + *first.source;
            });
        }
    }
}

/// For each id the token that has it. Ids must be 0, 1, ..., without gaps, each used once.
[[nodiscard]] inline std::vector<std::size_t> tokens_by_id(const std::vector<SourcedToken>& tokens)
{
    const std::size_t count = tokens.size();
    std::vector<std::size_t> by_id(count, count);
    for (std::size_t i = 0; i < count; ++i) {
        const SourcedToken& token = tokens[i];
        const auto where = [&] {
            return *token.source + ": token " + in_quotes(token.content) + ": id " +
                   std::to_string(token.id);
        };
        const bool in_range = token.id >= 0 && token.id < static_cast<std::int64_t>(count);
        require(in_range, [&] {
            return where() + " is out of range: " + std::to_string(count) +
                   " tokens need the ids 0 to " + std::to_string(count - 1) + " without gaps";
        });
        std::size_t& owner = by_id[static_cast<std::size_t>(token.id)];
        require(owner == count,
                [&] { return where() + " is taken by token " + in_quotes(tokens[owner].content); });
        owner = i;
    }
    return by_id;
}

/// The tokens of a vocabulary file, each of which may come up once.
[[nodiscard]] inline std::vector<SourcedToken>
unique_tokens(const std::string& file, std::vector<TokenEntry> entries, TokenTable& seen)
{
    require(!entries.empty(), [&] { return file + ": holds no token"; });
    std::vector<SourcedToken> tokens;
    tokens.reserve(entries.size());
    for (TokenEntry& entry : entries) {
        require(seen.find(entry.content) == no_token,
                [&] { return file + ": token " + in_quotes(entry.content) + " is repeated"; });
        seen.add(entry.content);
        tokens.push_back({std::move(entry.content), entry.id, &file});
    }
    return tokens;
}

/// Brings the tokens of a vocabulary file and the special ones together. Fails naming file and
/// token.
[[nodiscard]] inline Vocabulary make_vocabulary(const std::string& file,
                                                std::vector<TokenEntry> entries,
                                                const SpecialTokens& special)
{
    std::size_t size = 0;
    for (const TokenEntry& entry : entries) size += entry.content.size();
    TokenTable seen(entries.size() + special.tokens.size(), size);
    std::vector<SourcedToken> tokens = unique_tokens(file, std::move(entries), seen);
    add_new_tokens(tokens, seen, special.tokens);

    Vocabulary vocabulary{TokenTable(tokens.size(), size), {}, {}};
    for (const std::size_t i : tokens_by_id(tokens)) vocabulary.entries.add(tokens[i].content);

    TokenTable listed(special.tokens.size() + 1);
    const auto add_special = [&](std::string_view content) {
        const std::int32_t id = vocabulary.entries.find(content);
        if (id == no_token || listed.find(content) != no_token) return;
        listed.add(content);
        vocabulary.special.emplace_back(content, id);
    };
    for (const SpecialToken& token : special.tokens) add_special(token.content);
    add_special(default_end_of_text);

    const std::string_view end =
        special.end_of_text ? std::string_view(*special.end_of_text) : default_end_of_text;
    if (const std::int32_t id = vocabulary.entries.find(end); id != no_token)
        vocabulary.end_of_text = id;
    return vocabulary;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
