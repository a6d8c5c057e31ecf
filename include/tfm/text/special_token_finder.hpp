#pragma once

/// \file
/// Finding special tokens in a text.

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

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What `encode` does with the text of a special token, such as `<|endoftext|>` or `[SEP]`.
enum class SpecialTokenText : std::uint8_t {
    recognise, ///< it becomes that token, as with Hugging Face's tokenizers
    as_text,   ///< it is text like any other: right for text from strangers
};

namespace detail {

/// An occurrence of a special token; with `length` 0, none.
struct SpecialMatch {
    std::size_t position;
    std::size_t length;
    std::int32_t token;
};

/// Finds the leftmost special token of a text, and the longest one there.
class SpecialTokenFinder {
public:
    using Token = std::pair<std::string, std::int32_t>; ///< content (not empty) and id

    SpecialTokenFinder() = default;

    explicit SpecialTokenFinder(std::vector<Token> tokens) : tokens_(std::move(tokens))
    {
        std::sort(tokens_.begin(), tokens_.end(), [](const Token& a, const Token& b) {
            if (a.first[0] != b.first[0]) return first_byte(a) < first_byte(b);
            return a.first.size() > b.first.size();
        });
        for (const Token& token : tokens_) ++begins_[first_byte(token) + 1];
        for (std::size_t i = 0; i < 256; ++i) begins_[i + 1] += begins_[i];
    }

    /// The first occurrence at or after `from`.
    [[nodiscard]] SpecialMatch find(std::string_view text, std::size_t from) const
    {
        for (std::size_t i = next_candidate(text, from); i < text.size();
             i = next_candidate(text, i + 1)) {
            const auto byte = static_cast<std::uint8_t>(text[i]);
            for (std::size_t j = begins_[byte]; j < begins_[byte + 1]; ++j) {
                const auto& [content, token] = tokens_[j];
                if (text.substr(i).starts_with(content)) return {i, content.size(), token};
            }
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
    [[nodiscard]] static std::size_t first_byte(const Token& token)
    {
        return static_cast<std::uint8_t>(token.first[0]);
    }

    /// The next position with a byte that starts a special token. As a rule all start with the same
    /// byte, so that the C library can search for it.
    [[nodiscard]] std::size_t next_candidate(std::string_view text, std::size_t from) const
    {
        if (tokens_.empty() || from >= text.size()) return text.size();
        const std::size_t byte = first_byte(tokens_.front());
        if (byte == first_byte(tokens_.back())) {
            const void* const found =
                std::memchr(text.data() + from, static_cast<int>(byte), text.size() - from);
            if (found == nullptr) return text.size();
            return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        }
        const auto starts_token = [&](char c) {
            const auto first = static_cast<std::uint8_t>(c);
            return begins_[first] != begins_[first + 1];
        };
        while (from < text.size() && !starts_token(text[from])) ++from;
        return from;
    }

    std::vector<Token> tokens_; // by first byte, the longest first
    std::array<std::size_t, 257> begins_{};
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
