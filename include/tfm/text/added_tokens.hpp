#pragma once

/// \file
/// Tokens that are cut out of a text before it is encoded, special ones among them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "special_token_finder.hpp"
#include "special_token_text.hpp"
#include "text_ends.hpp"
#include "text_normalizer.hpp"
#include "text_span.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A token with Hugging Face's options of how it is looked for.
struct AddedToken {
    std::string content;
    bool single_word = false; ///< not within a word
    bool lstrip = false;      ///< with the white space before it
    bool rstrip = false;      ///< with the white space after it
    bool normalized = false;  ///< looked for in the normalized text
    bool special = false;     ///< may be skipped when decoding
};

/// Where added tokens are text like any other.
struct SpecialTextRule {
    SpecialTokenText special = SpecialTokenText::recognise;
    /// Parts of the given text in which all are but white space, which cannot mean anything else.
    /// (Files do not always call those special that end a turn.) Spans then have origins.
    std::span<const TextRange> as_text{};

    /// Whether a token at bytes [begin, end) of a span is text.
    [[nodiscard]] bool is_text(const AddedToken& token, const TextSpan& span, std::size_t begin,
                               std::size_t end) const
    {
        if (special == SpecialTokenText::as_text && token.special) return true;
        if (as_text.empty() || white_space_at_start(token.content) == token.content.size())
            return false;
        const auto overlaps = [&](const TextRange& range) {
            return span.origins[begin] < range.end && range.begin < span.origins[end];
        };
        return std::any_of(as_text.begin(), as_text.end(), overlaps);
    }
};

/// Cuts texts at the added tokens, as Hugging Face's AddedVocabulary does: first at those that are
/// looked for in the text as given, then, in what is left and normalized, at the others. Of tokens
/// that are the same when normalized the first counts (Hugging Face's choice changes with each
/// run).
class AddedTokens {
public:
    /// A token and its id.
    using Token = std::pair<AddedToken, std::int32_t>;

    AddedTokens() = default;

    AddedTokens(std::vector<Token> tokens, const TextNormalizer& normalizer)
        : tokens_(std::move(tokens))
    {
        std::vector<SpecialTokenFinder::Token> raw;
        std::vector<SpecialTokenFinder::Token> normalized;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const AddedToken& token = tokens_[i].first;
            std::string content = token.normalized ? normalizer(token.content) : token.content;
            if (content.empty()) continue;
            (token.normalized ? normalized : raw)
                .emplace_back(std::move(content), static_cast<std::int32_t>(i));
        }
        raw_ = SpecialTokenFinder(std::move(raw));
        normalized_ = SpecialTokenFinder(std::move(normalized));
    }

    [[nodiscard]] const std::vector<Token>& tokens() const noexcept { return tokens_; }

    /// In order, `token(id, span)` for each added token and `plain(span)` for each text between
    /// them, normalized and not empty. Spans are valid during their visit.
    template <class OnToken, class OnPlain>
    void split(const TextSpan& text, const TextNormalizer& normalizer,
               const SpecialTextRule& special, OnToken&& token, OnPlain&& plain) const
    {
        NormalizerMemory memory;
        cut(raw_, text, special, token, [&](const TextSpan& part) {
            cut(normalized_, normalizer(part, memory), special, token, plain);
        });
    }

private:
    template <class OnToken, class OnPlain>
    void cut(const SpecialTokenFinder& finder, const TextSpan& span, const SpecialTextRule& special,
             OnToken& token, OnPlain&& plain) const
    {
        std::string_view const text = span.text;
        std::size_t done = 0;
        const auto plain_until = [&](std::size_t end) {
            if (done < end) plain(span.part(done, end));
        };
        for (SpecialMatch match = finder.find(text, 0); match.length != 0;) {
            std::size_t begin = match.position;
            std::size_t end = begin + match.length;
            auto const& [added, id] = tokens_[static_cast<std::size_t>(match.token)];
            if (special.is_text(added, span, begin, end)) {
                match = finder.find(text, begin + 1);
                continue;
            }
            match = finder.find(text, end);
            if (added.single_word && !is_single_word(text, begin, end)) continue;
            // White space that the token before has taken stays there, all up to `done`.
            begin = std::max(begin, done);
            if (added.lstrip) begin -= white_space_at_end(text.substr(done, begin - done));
            if (added.rstrip)
                end = end < done ? done : end + white_space_at_start(text.substr(end));
            // Of such a token that takes what is before it, and finds nothing, none is left.
            if (added.lstrip && begin >= end) continue;
            plain_until(begin);
            token(id, span.part(begin, std::max(begin, end)));
            done = end;
        }
        plain_until(text.size());
    }

    static bool is_single_word(std::string_view text, std::size_t begin, std::size_t end)
    {
        bool const joins_before = begin > 0 && is_of_word(last_character(text.substr(0, begin)));
        bool const joins_after = end < text.size() && is_of_word(decode_utf8(text, end));
        return !joins_before && !joins_after;
    }

    std::vector<Token> tokens_;
    SpecialTokenFinder raw_; // of numbers of `tokens_`
    SpecialTokenFinder normalized_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
