#pragma once

/// \file
/// The tokens of a BERT folder's files brought together: one string for each id that has one.

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
#include "limits.hpp"
#include "special_tokens.hpp"
#include "token_table.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

inline constexpr std::size_t no_owner = static_cast<std::size_t>(-1);

/// All tokens of a tokenizer.
struct Vocabulary {
    TokenTable entries; ///< as the files write them, numbered by id
    std::vector<std::pair<std::string, std::int32_t>> special; ///< cut out of the text
    std::vector<bool> is_special; ///< by id: whether a decoder may be told to leave it out
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

/// For each id the token that has it, or `no_owner`. No id may be used twice.
[[nodiscard]] inline std::vector<std::size_t> tokens_by_id(const std::vector<SourcedToken>& tokens)
{
    std::vector<std::size_t> by_id;
    const std::int64_t limit = id_limit(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const SourcedToken& token = tokens[i];
        const auto where = [&] {
            return *token.source + ": token " + in_quotes(token.content) + ": id " +
                   std::to_string(token.id);
        };
        require(token.id >= 0 && token.id < limit, [&] {
            return where() + " is out of range: expected 0 to " + std::to_string(limit - 1);
        });
        auto const id = static_cast<std::size_t>(token.id);
        if (by_id.size() <= id) by_id.resize(id + 1, no_owner);
        require(by_id[id] == no_owner, [&] {
            return where() + " is taken by token " + in_quotes(tokens[by_id[id]].content);
        });
        by_id[id] = i;
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
        check_length(file, entry.content);
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
    TokenTable seen(entries.size() + special.tokens.size(), size, file);
    std::vector<SourcedToken> tokens = unique_tokens(file, std::move(entries), seen);
    add_new_tokens(tokens, seen, special.tokens);

    Vocabulary vocabulary{TokenTable(tokens.size(), size, file), {}, {}};
    for (const std::size_t i : tokens_by_id(tokens)) {
        if (i == no_owner)
            vocabulary.entries.skip();
        else
            vocabulary.entries.add(tokens[i].content);
    }

    vocabulary.is_special.resize(vocabulary.entries.size());
    TokenTable listed(special.tokens.size(), 0, file);
    for (const SpecialToken& token : special.tokens) {
        const std::int32_t id = vocabulary.entries.find(token.content);
        if (token.is_special) vocabulary.is_special[static_cast<std::size_t>(id)] = true;
        if (listed.find(token.content) != no_token) continue;
        listed.add(token.content);
        vocabulary.special.emplace_back(token.content, id);
    }
    return vocabulary;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
