#pragma once

/// \file
/// WordPiece: cutting a word into pieces of a vocabulary, the longest first.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "token_table.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The pieces of a vocabulary: those that begin a word and, without their `##`, those that go on
/// with one.
class WordPieces {
public:
    WordPieces() = default;

    /// For the entries of `file`, of which those that go on with a word begin with `continuation`.
    WordPieces(const std::string& file, const std::vector<TokenEntry>& entries,
               std::string_view continuation)
    {
        std::size_t bytes = 0;
        for (const TokenEntry& entry : entries) bytes += entry.content.size();
        begins_ = Pieces(entries.size(), bytes, file);
        continuations_ = Pieces(entries.size(), bytes, file);
        for (const TokenEntry& entry : entries) {
            std::string_view const content = entry.content;
            begins_.add(content, entry.id);
            if (content.starts_with(continuation))
                continuations_.add(content.substr(continuation.size()), entry.id);
        }
    }

    /// Appends the pieces of a word in UTF-8. Returns false, and appends nothing, where some part
    /// of the word is in no vocabulary.
    bool append(std::string_view word, std::vector<std::int32_t>& ids) const
    {
        std::size_t const before = ids.size();
        for (std::size_t begin = 0; begin < word.size();) {
            const Pieces& pieces = begin == 0 ? begins_ : continuations_;
            std::size_t length = std::min(pieces.longest, word.size() - begin);
            std::int32_t id = no_token;
            for (; length > 0; --length) {
                if (!ends_character(word, begin + length)) continue;
                id = pieces.find(word.substr(begin, length));
                if (id != no_token) break;
            }
            if (id == no_token) {
                ids.resize(before);
                return false;
            }
            ids.push_back(id);
            begin += length;
        }
        return true;
    }

private:
    /// Strings and the ids they have in the vocabulary.
    struct Pieces {
        Pieces() = default;
        Pieces(std::size_t count, std::size_t bytes, const std::string& file)
            : table(count, bytes, file)
        {
            ids.reserve(count);
        }

        void add(std::string_view content, std::int64_t id)
        {
            table.add(content);
            ids.push_back(static_cast<std::int32_t>(id));
            longest = std::max(longest, content.size());
        }
        std::int32_t find(std::string_view content) const
        {
            std::int32_t const number = table.find(content);
            return number == no_token ? no_token : ids[static_cast<std::size_t>(number)];
        }

        TokenTable table;
        std::vector<std::int32_t> ids; // by number in the table
        std::size_t longest = 0;       // bytes: no longer string need be looked for
    };

    static bool ends_character(std::string_view text, std::size_t end)
    {
        return end == text.size() || (static_cast<std::uint8_t>(text[end]) & 0xC0U) != 0x80U;
    }

    Pieces begins_;
    Pieces continuations_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
