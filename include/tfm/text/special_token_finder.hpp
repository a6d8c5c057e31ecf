#pragma once

/// \file
/// Finding the tokens of a list in a text.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../sorted_places.hpp"
#include "special_token_text.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// An occurrence of a special token; with `length` 0, none.
struct SpecialMatch {
    std::size_t position;
    std::size_t length;
    std::int32_t token;
};

/// Finds the leftmost special token of a text, and the longest one there. Where several have the
/// same content, the first counts. The tokens are sorted, so that a look at one position takes as
/// many binary searches as bytes agree, however many tokens begin alike.
class SpecialTokenFinder {
public:
    using Token = std::pair<std::string, std::int32_t>; ///< content (not empty) and id

    SpecialTokenFinder() = default;

    explicit SpecialTokenFinder(std::vector<Token> tokens) : tokens_(std::move(tokens))
    {
        put_in_order(tokens_, sorted_places(tokens_.size(), [this](std::size_t a, std::size_t b) {
                         return tokens_[a].first < tokens_[b].first;
                     }));
        auto const same = [](const Token& a, const Token& b) { return a.first == b.first; };
        tokens_.erase(std::unique(tokens_.begin(), tokens_.end(), same), tokens_.end());
        for (const Token& token : tokens_) ++begins_[byte_of(token, 0) + 1U];
        for (std::size_t i = 0; i < 256; ++i) begins_[i + 1] += begins_[i];
    }

    /// Whether there is no token to find.
    [[nodiscard]] bool empty() const noexcept { return tokens_.empty(); }

    /// The first occurrence at or after `from`.
    [[nodiscard]] SpecialMatch find(std::string_view text, std::size_t from) const
    {
        for (std::size_t i = next_candidate(text, from); i < text.size();
             i = next_candidate(text, i + 1)) {
            if (const Token* const token = longest_at(text.substr(i)))
                return {i, token->first.size(), token->second};
        }
        return {text.size(), 0, 0};
    }

    /// Cuts a text at its special tokens: `plain(text)` for what stands between them, which may be
    /// empty, and their ids into `ids`. Text of special tokens that counts as text is not cut.
    template <class Plain>
    void split(std::string_view text, SpecialTokenText special, std::vector<std::int32_t>& ids,
               Plain&& plain) const
    {
        if (special == SpecialTokenText::recognise) {
            std::size_t begin = 0;
            for (auto match = find(text, 0); match.length != 0; match = find(text, begin)) {
                plain(text.substr(begin, match.position - begin));
                ids.push_back(match.token);
                begin = match.position + match.length;
            }
            text.remove_prefix(begin);
        }
        plain(text);
    }

private:
    [[nodiscard]] static std::uint8_t byte_of(const Token& token, std::size_t i)
    {
        return static_cast<std::uint8_t>(token.first[i]);
    }

    /// The longest token that `text` (not empty) begins with, or null.
    [[nodiscard]] const Token* longest_at(std::string_view text) const
    {
        const auto first = static_cast<std::uint8_t>(text[0]);
        const Token* begin = tokens_.data() + begins_[first];
        const Token* end = tokens_.data() + begins_[first + 1U];
        const Token* longest = nullptr;
        // The tokens from `begin` to `end` agree with the text in `length` bytes, the shortest is
        // the first of them.
        for (std::size_t length = 1; begin != end; ++length) {
            if (begin->first.size() == length) longest = begin++;
            if (begin == end || length == text.size()) break;
            const auto next = static_cast<std::uint8_t>(text[length]);
            if (byte_of(*begin, length) == next && byte_of(end[-1], length) == next) continue;
            begin = std::partition_point(
                begin, end, [&](const Token& token) { return byte_of(token, length) < next; });
            end = std::partition_point(
                begin, end, [&](const Token& token) { return byte_of(token, length) == next; });
        }
        return longest;
    }

    /// The next position with a byte that starts a special token. As a rule all start with the same
    /// byte, so that the C library can search for it.
    [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t from) const
    {
        if (tokens_.empty() || from >= text.size()) return text.size();
        const std::uint8_t byte = byte_of(tokens_.front(), 0);
        if (byte == byte_of(tokens_.back(), 0)) {
            const void* const found = std::memchr(text.data() + from, byte, text.size() - from);
            if (found == nullptr) return text.size();
            return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        }
        const auto starts_token = [&](char c) {
            const auto first = static_cast<std::uint8_t>(c);
            return begins_[first] != begins_[first + 1U];
        };
        while (from < text.size() && !starts_token(text[from])) ++from;
        return from;
    }

    std::vector<Token> tokens_; // sorted by content
    std::array<std::size_t, 257> begins_{};
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
