#pragma once

/// \file
/// The regular expressions that cut a text into the pieces of byte-pair encoding.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "tables/unicode_classes.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// GPT-2's pattern, which the ByteLevel pre-tokenizer of Hugging Face's tokenizers has.
inline constexpr std::string_view gpt2_split_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
/// Qwen2's, where every digit is a piece.
inline constexpr std::string_view qwen2_split_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
/// Llama 3's, where up to three digits are a piece.
inline constexpr std::string_view llama3_split_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The characters that one place of a pattern takes.
struct CharacterSet {
    std::array<bool, 256> ascii{};                     ///< by byte; none from 0x80 on
    std::uint16_t categories = 0;                      ///< of other characters, by bit
    std::vector<std::pair<char32_t, char32_t>> ranges; ///< further ones, first and last
    bool is_negated = false; ///< whether `categories` and `ranges` say what is not taken

    friend bool operator==(const CharacterSet&, const CharacterSet&) = default;

    /// Bytes of the character at `position`, which is not ASCII, or 0 where it is not taken. Bytes
    /// that are not valid UTF-8 are characters of category `other`.
    [[nodiscard]] std::size_t take_other(std::string_view text, std::size_t position) const
    {
        const Utf8Step step = decode_utf8(text, position);
        const bool is_valid = step.status == Utf8Status::complete;
        const auto category =
            is_valid ? character_category(step.code_point) : CharacterCategory::other;
        bool is_in = (categories >> static_cast<unsigned>(category) & 1U) != 0;
        for (auto const& [first, last] : ranges)
            is_in = is_in || (is_valid && first <= step.code_point && step.code_point <= last);
        return is_in != is_negated ? step.length : 0;
    }

    /// Bytes of the character at `position`, or 0 where it is not taken.
    [[nodiscard]] std::size_t take(std::string_view text, std::size_t position) const
    {
        const auto byte = static_cast<std::uint8_t>(text[position]);
        if (byte < 0x80) return ascii[byte] ? 1 : 0;
        return take_other(text, position);
    }
};

/// A regular expression of the constructs that published split patterns use: alternatives, groups
/// `(...)`, `(?:...)`, `(?i:...)`, of which `?` may follow, literals, `.`, escapes of controls and
/// of marks, `\s \S \d`, `\p{...}` and `\P{...}` of L, Lu, Ll, Lt, Lm, Lo, M, N, Nd, P and S,
/// classes `[...]` with ranges, `^` and classes inside, `? * + {n} {n,} {n,m}` and, possessive,
/// `?+ *+ ++`, and `(?!...)` of one class. What matches is what a backtracking engine finds, the
/// first alternative first, as much as it can take.
///
/// With the published patterns, cutting a text takes time linear in it. Other patterns take as long
/// as with such an engine.
class SplitRegex {
public:
    /// Fails naming `where`, the construct and its position where the pattern uses another one.
    [[nodiscard]] static SplitRegex parse(std::string_view pattern, const std::string& where);

    /// End of the match that begins exactly at `begin`, which must be less than the text's size;
    /// `begin` itself where nothing, or nothing but the empty string, matches there. Takes no
    /// memory.
    [[nodiscard]] std::size_t match_end(std::string_view text, std::size_t begin) const
    {
        const auto byte = static_cast<std::uint8_t>(text[begin]);
        for (std::uint32_t left = candidates_[byte]; left != 0; left &= left - 1) {
            const Sequence& nodes = alternatives_[static_cast<std::size_t>(std::countr_zero(left))];
            const std::size_t end =
                match(text, begin, {nodes.data(), nodes.data() + nodes.size(), nullptr});
            if (end != no_match) return end;
        }
        return begin;
    }

private:
    friend class SplitRegexParser;

    static constexpr std::size_t no_match = static_cast<std::size_t>(-1);
    static constexpr std::uint32_t unlimited = static_cast<std::uint32_t>(-1);

    enum class NodeKind : std::uint8_t {
        characters, ///< `least` to `most` characters of a set
        group,      ///< one of `groups`, `least` may be 0
        not_before, ///< nothing, where no character of a set follows
    };
    struct Node;
    using Sequence = std::vector<Node>;
    struct Node {
        NodeKind kind = NodeKind::characters;
        bool is_possessive = false; ///< whether less than it could take is of no use
        std::uint32_t set = 0;      ///< index
        std::uint32_t least = 1;
        std::uint32_t most = 1;
        std::vector<Sequence> groups{};
    };
    /// What is still to be matched.
    struct Rest {
        const Node* node;
        const Node* end;
        const Rest* outer; ///< what follows the group that they are in
    };

    std::size_t match(std::string_view text, std::size_t position, Rest rest) const
    {
        for (;;) {
            if (rest.node == rest.end) {
                if (rest.outer == nullptr) return position;
                rest = *rest.outer;
                continue;
            }
            const Node& node = *rest.node++;
            const CharacterSet& set = sets_[node.set];
            if (node.kind == NodeKind::not_before) {
                if (position < text.size() && set.take(text, position) != 0) return no_match;
            } else if (node.kind == NodeKind::group) {
                for (const Sequence& group : node.groups) {
                    const Rest inner{group.data(), group.data() + group.size(), &rest};
                    const std::size_t end = match(text, position, inner);
                    if (end != no_match) return end;
                }
                if (node.least != 0) return no_match;
            } else {
                std::uint32_t count = take_run(set, node.most, text, position);
                if (count < node.least) return no_match;
                if (node.is_possessive || count == node.least) continue;
                for (;; --count) {
                    const std::size_t end = match(text, position, rest);
                    if (end != no_match) return end;
                    if (count == node.least) return no_match;
                    position = previous(text, position);
                }
            }
        }
    }

    /// Passes over up to `most` characters of the set and returns how many there were.
    static std::uint32_t take_run(const CharacterSet& set, std::uint32_t most,
                                  std::string_view text, std::size_t& position)
    {
        std::uint32_t count = 0;
        while (count < most) {
            const std::size_t begin = position;
            const std::size_t end =
                begin + std::min<std::size_t>(most - count, text.size() - begin);
            while (position < end && set.ascii[static_cast<std::uint8_t>(text[position])])
                ++position;
            count += static_cast<std::uint32_t>(position - begin);
            if (position == end || static_cast<std::uint8_t>(text[position]) < 0x80) break;
            const std::size_t length = set.take_other(text, position);
            if (length == 0) break;
            position += length;
            ++count;
        }
        return count;
    }

    /// Where the character that ends at `end` begins.
    static std::size_t previous(std::string_view text, std::size_t end)
    {
        for (std::size_t length = 1; length <= 4 && length <= end; ++length) {
            const auto byte = static_cast<std::uint8_t>(text[end - length]);
            if ((byte & 0xC0U) == 0x80) continue;
            const bool is_whole = decode_utf8(text, end - length).length == length;
            return is_whole ? end - length : end - 1;
        }
        return end - 1; // a byte that continues nothing
    }

    std::vector<CharacterSet> sets_;
    std::vector<Sequence> alternatives_;
    std::array<std::uint32_t, 256> candidates_{}; // alternatives, by bit, by a match's first byte
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "split_regex.inl.hpp"
#endif
