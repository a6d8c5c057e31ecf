#pragma once

/// \file
/// Where a text that SentencePiece left in one piece may be cut into words all the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "merge_table.hpp"
#include "text_ends.hpp"
#include "token_table.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The mark that stands for a space in SentencePiece's vocabularies: U+2581.
inline constexpr std::string_view space_mark = "\xE2\x96\x81";

/// Places before a space mark that no merge can cross. Every token is merged from characters, so a
/// merge can cross the place between two characters only if some token was merged from one that
/// ends with the first and one that begins with the second. In the published vocabularies the only
/// character that a token has before a space mark is another space mark.
class WordBreaks {
public:
    /// No breaks.
    WordBreaks() = default;

    /// For a model that gives every character a token. `placeholders` says of each id whether the
    /// token stands for other text than it is written with: where such a token merges, there are no
    /// breaks.
    WordBreaks(const TokenTable& tokens, const MergeTable& merges,
               const std::vector<std::uint8_t>& placeholders)
        : is_used_(tokens.find(space_mark) != no_token)
    {
        const auto is_placeholder = [&](std::int32_t id) {
            return placeholders[static_cast<std::size_t>(id)] != 0;
        };
        merges.visit_pairs([&](std::int32_t left, std::int32_t right) {
            if (is_placeholder(left) || is_placeholder(right)) is_used_ = false;
            std::string_view const before = tokens.bytes(left);
            if (!before.empty() && tokens.bytes(right).starts_with(space_mark))
                crossed_after_.push_back(last_character(before).code_point);
        });
        std::sort(crossed_after_.begin(), crossed_after_.end());
        auto const last = std::unique(crossed_after_.begin(), crossed_after_.end());
        crossed_after_.erase(last, crossed_after_.end());
    }

    /// The first break after `begin`, or the end of the text.
    [[nodiscard]] std::size_t next(std::string_view text, std::size_t begin) const
    {
        if (!is_used_) return text.size();
        for (std::size_t mark = text.find(space_mark, begin + 1); mark != std::string_view::npos;
             mark = text.find(space_mark, mark + 1)) {
            Utf8Step const before = last_character(text.substr(0, mark));
            bool const is_crossed =
                before.status == Utf8Status::complete &&
                std::binary_search(crossed_after_.begin(), crossed_after_.end(), before.code_point);
            if (!is_crossed) return mark;
        }
        return text.size();
    }

private:
    bool is_used_ = false;
    std::vector<char32_t> crossed_after_; // characters before a space mark, sorted
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
