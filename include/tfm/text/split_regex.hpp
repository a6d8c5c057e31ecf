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
#include <vector>

#include "../config.hpp"
#include "character_set.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

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

/// A regular expression of the constructs that published split patterns use: alternatives, groups
/// `(...)`, `(?:...)`, `(?i:...)`, of which `?` may follow, literals, `.`, escapes of controls and
/// of marks, `\s \S \d`, `\p{...}` and `\P{...}` of L, Lu, Ll, Lt, Lm, Lo, M, N, Nd, P and S,
/// classes `[...]` with ranges, `^` and classes inside, `? * + {n} {n,} {n,m}` and, possessive,
/// `?+ *+ ++`, and `(?!...)` of one class. What matches is what a backtracking engine finds, the
/// first alternative first, as much as it can take. A pattern that matches the empty string is
/// refused, since Hugging Face's tokenizers cut at each empty match.
///
/// Cutting a text takes time linear in it. With other patterns than the published ones it may take
/// more with such an engine; here a text whose matches take many more steps than it has bytes is
/// given up.
class SplitRegex {
public:
    /// Fails naming `where`, the construct and its position where the pattern uses another one.
    [[nodiscard]] static SplitRegex parse(std::string_view pattern, const std::string& where);

    /// End of the match that begins exactly at `begin`, which must be less than the text's size;
    /// `begin` itself where nothing matches there. Takes no memory. `steps`, `most_steps` at first,
    /// are those that all matches in the text may take beyond a number for each, and become fewer.
    /// Throws `tfm::Error`, naming the pattern, where it would take more.
    [[nodiscard]] std::size_t match_end(std::string_view text, std::size_t begin,
                                        std::size_t& steps) const
    {
        const auto byte = static_cast<std::uint8_t>(text[begin]);
        Search search{*this, text, free_steps + steps};
        std::size_t end = no_match;
        for (std::uint32_t left = candidates_[byte]; left != 0; left &= left - 1) {
            const Sequence& nodes = alternatives_[static_cast<std::size_t>(std::countr_zero(left))];
            Rest rest{nodes.data(), nodes.data() + nodes.size(), nullptr};
            std::size_t position = begin;
            const bool may_match = take_sure(text, position, rest);
            search.spend(position - begin);
            if (!may_match) continue;
            end = rest.node == rest.end ? position : match(search, position, rest);
            if (end != no_match) break;
        }
        steps = std::min(steps, search.steps);
        return end == no_match ? begin : end;
    }

    /// What the matches of a text of so many bytes may take together, beyond what is free. Those of
    /// the published patterns take a few steps for each byte.
    static constexpr std::size_t most_steps(std::size_t bytes) { return 64 * bytes; }

private:
    friend class SplitRegexParser;

    /// What each match may take by itself.
    static constexpr std::size_t free_steps = 1000;

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
        std::uint32_t least = 1;
        std::uint32_t most = 1;
        CharacterSet set{};
        std::vector<Sequence> groups{};
    };
    /// A match that is looked for.
    struct Search {
        const SplitRegex& regex;
        std::string_view text;
        std::size_t steps; ///< that it may still take

        /// Counts steps: a place of the pattern is one, and each byte that it takes.
        void spend(std::size_t more)
        {
            if (more > steps) regex.give_up(text.size());
            steps -= more;
        }
    };
    /// What is still to be matched.
    struct Rest {
        const Node* node;
        const Node* end;
        const Rest* outer; ///< what follows the group that they are in
    };

    /// Fails for a text with which a match takes too many steps.
    [[noreturn]] void give_up(std::size_t bytes) const;

    /// Passes over the places that give nothing back, most of all, without the cost of a call.
    /// Returns whether they match.
    static bool take_sure(std::string_view text, std::size_t& position, Rest& rest)
    {
        for (; rest.node != rest.end && rest.node->is_possessive; ++rest.node) {
            const Node& node = *rest.node;
            if (take_run(node.set, node.most, text, position) < node.least) return false;
        }
        return true;
    }

    static std::size_t match(Search& search, std::size_t position, Rest rest)
    {
        for (;;) {
            if (rest.node == rest.end) {
                if (rest.outer == nullptr) return position;
                rest = *rest.outer;
                continue;
            }
            search.spend(1);
            const Node& node = *rest.node++;
            if (node.kind == NodeKind::group) {
                const std::size_t end = match_group(search, position, node, rest);
                if (end != no_match || node.least != 0) return end;
                continue;
            }
            if (node.kind == NodeKind::not_before) {
                if (position < search.text.size() && node.set.take(search.text, position) != 0)
                    return no_match;
                continue;
            }
            const std::size_t begin = position;
            const std::uint32_t count = take_run(node.set, node.most, search.text, position);
            search.spend(position - begin);
            if (count < node.least) return no_match;
            if (!node.is_possessive && count != node.least)
                return match_less(search, position, count - node.least, rest);
        }
    }

    /// Goes on with `rest` after one of a group's alternatives.
    static std::size_t match_group(Search& search, std::size_t position, const Node& node,
                                   Rest rest)
    {
        for (const Sequence& group : node.groups) {
            const Rest inner{group.data(), group.data() + group.size(), &rest};
            const std::size_t end = match(search, position, inner);
            if (end != no_match) return end;
        }
        return no_match;
    }

    /// Goes on with `rest` at `position`, or as many characters before it as may be given back.
    static std::size_t match_less(Search& search, std::size_t position, std::uint32_t spare,
                                  Rest rest)
    {
        for (;; --spare) {
            const std::size_t end = match(search, position, rest);
            if (end != no_match || spare == 0) return end;
            position = previous(search.text, position);
        }
    }

    /// Passes over up to `most` characters of the set and returns how many there were.
    static std::uint32_t take_run(const CharacterSet& set, std::uint32_t most,
                                  std::string_view text, std::size_t& position)
    {
        std::uint32_t count = 0;
        for (; count < most && position < text.size(); ++count) {
            const auto byte = static_cast<std::uint8_t>(text[position]);
            if (set.ascii[byte]) {
                ++position;
                continue;
            }
            const std::size_t length = byte < 0x80 ? 0 : set.take_other(text, position);
            if (length == 0) break;
            position += length;
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

    std::string where_;   // of the pattern, for messages
    std::string pattern_; // as far as messages show it
    std::vector<Sequence> alternatives_;
    std::array<std::uint32_t, 256> candidates_{}; // alternatives, by bit, by a match's first byte
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"

#if TFM_HEADER_ONLY
#include "split_regex.inl.hpp"
#endif
