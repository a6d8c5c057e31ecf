#pragma once

/// \file
/// Reading the regular expression of a split pattern.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "character_set_parser.hpp"
#include "split_regex.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Reads a pattern from its beginning to its end.
class SplitRegexParser : CharacterSetParser {
public:
    using CharacterSetParser::CharacterSetParser;

    SplitRegex parse()
    {
        regex_.alternatives_ = parse_alternatives(false, 0);
        if (position_ != pattern_.size()) refuse(position_, 1);
        require(regex_.alternatives_.size() <= 32, [&] {
            return where_ + ": expected at most 32 alternatives, found " +
                   std::to_string(regex_.alternatives_.size());
        });
        for (std::size_t i = 0; i < regex_.alternatives_.size(); ++i) {
            std::array<bool, 256> may_begin{};
            const bool may_be_empty = add_first_bytes(regex_.alternatives_[i], may_begin);
            require(!may_be_empty, [&] {
                return where_ + ": expected a pattern that matches at least one character, found " +
                       in_quotes(pattern_);
            });
            for (std::size_t byte = 0; byte < 256; ++byte)
                regex_.candidates_[byte] |= std::uint32_t{may_begin[byte]} << i;
            keep_what_is_taken(regex_.alternatives_[i], true);
        }
        regex_.where_ = where_;
        regex_.pattern_ = in_quotes(pattern_);
        return std::move(regex_);
    }

private:
    using Node = SplitRegex::Node;
    using NodeKind = SplitRegex::NodeKind;
    using Sequence = SplitRegex::Sequence;

    /// Patterns that are published have some 60 places.
    static constexpr std::size_t most_nodes = 1000;
    static constexpr std::uint32_t most_repeats = 10'000;

    std::vector<Sequence> parse_alternatives(bool ignores_case, std::size_t level)
    {
        if (level > most_levels) refuse(position_, 1);
        std::vector<Sequence> alternatives;
        do {
            Sequence nodes;
            while (!at_end() && !sees("|") && !sees(")")) {
                const std::size_t begin = position_;
                nodes.push_back(parse_node(ignores_case, level));
                if (++nodes_ > most_nodes) refuse(position_, pattern_.size());
                if (ignores_case && ends_in_ligature(nodes)) refuse(begin, position_ - begin);
            }
            alternatives.push_back(std::move(nodes));
        } while (accept("|"));
        return alternatives;
    }

    /// Whether the last two places are letters that one character, such as U+00DF or U+FB01, is
    /// where case does not count: it would match both at once.
    static bool ends_in_ligature(const Sequence& nodes)
    {
        if (nodes.size() < 2) return false;
        const auto takes = [&](std::size_t from_end, char letter) {
            const Node& node = nodes[nodes.size() - from_end];
            return node.kind == NodeKind::characters && node.least == 1 && node.most == 1 &&
                   node.set.ascii[static_cast<std::uint8_t>(letter)];
        };
        return (takes(2, 'f') && (takes(1, 'f') || takes(1, 'i') || takes(1, 'l'))) ||
               (takes(2, 's') && (takes(1, 's') || takes(1, 't')));
    }

    Node parse_node(bool ignores_case, std::size_t level)
    {
        const std::size_t begin = position_;
        Node node;
        if (accept("(?!")) {
            node.kind = NodeKind::not_before;
            node.set = parse_set(ignores_case);
            if (!accept(")")) refuse(begin, position_ + 1 - begin);
        } else if (sees("(")) {
            node.kind = NodeKind::group;
            node.groups = parse_group(ignores_case, level);
            if (accept("?")) node.least = 0;
        } else {
            node.set = parse_set(ignores_case);
            parse_quantifier(node);
        }
        for (const char* const sign : {"?", "*", "+", "{"})
            if (sees(sign)) refuse(begin, position_ + 1 - begin);
        return node;
    }

    std::vector<Sequence> parse_group(bool ignores_case, std::size_t level)
    {
        const std::size_t begin = position_;
        if (accept("(?i:"))
            ignores_case = true;
        else if (!accept("(?:") && (!accept("(") || sees("?")))
            refuse(begin, 3);
        auto groups = parse_alternatives(ignores_case, level + 1);
        if (!accept(")")) refuse(begin, pattern_.size());
        return groups;
    }

    void parse_quantifier(Node& node)
    {
        const std::size_t begin = position_;
        if (accept("{")) {
            node.least = parse_number(begin);
            node.most = node.least;
            if (accept(",")) node.most = sees("}") ? SplitRegex::unlimited : parse_number(begin);
            if (!accept("}") || node.most < node.least) refuse(begin, position_ + 1 - begin);
            return;
        }
        if (accept("?"))
            node.least = 0;
        else if (accept("*"))
            node.least = 0, node.most = SplitRegex::unlimited;
        else if (accept("+"))
            node.most = SplitRegex::unlimited;
        else
            return;
        node.is_possessive = accept("+");
    }

    std::uint32_t parse_number(std::size_t begin)
    {
        std::uint32_t number = 0;
        const std::size_t first = position_;
        for (; !at_end() && pattern_[position_] >= '0' && pattern_[position_] <= '9'; ++position_) {
            number = number * 10 + static_cast<std::uint32_t>(pattern_[position_] - '0');
            if (number > most_repeats) refuse(begin, position_ + 1 - begin);
        }
        if (position_ == first) refuse(begin, position_ + 1 - begin);
        return number;
    }

    /// Marks the bytes that may begin a match of the sequence, and returns whether the sequence may
    /// match without any character.
    static bool add_first_bytes(const Sequence& nodes, std::array<bool, 256>& bytes)
    {
        for (const Node& node : nodes) {
            bool may_be_empty = node.least == 0;
            if (node.kind == NodeKind::group) {
                for (const Sequence& group : node.groups)
                    may_be_empty |= add_first_bytes(group, bytes);
            } else if (node.kind == NodeKind::not_before) {
                may_be_empty = true;
            } else {
                const CharacterSet& set = node.set;
                const bool has_others =
                    set.categories != 0 || set.is_negated || !set.ranges.empty();
                for (std::size_t byte = 0; byte < 256; ++byte)
                    bytes[byte] |= byte < 0x80 ? set.ascii[byte] : has_others;
            }
            if (!may_be_empty) return false;
        }
        return true;
    }

    /// Marks as possessive what can never gain by giving characters back: where the next place
    /// needs one that this one does not take, or (at the end of all) where nothing that follows can
    /// fail.
    static void keep_what_is_taken(Sequence& nodes, bool is_end)
    {
        bool can_fail = !is_end;
        for (std::size_t i = nodes.size(); i-- > 0;) {
            Node& node = nodes[i];
            if (node.kind == NodeKind::characters) {
                const Node* const next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
                const bool is_apart = next && next->kind == NodeKind::characters &&
                                      next->least > 0 && are_apart(node.set, next->set);
                const bool is_fixed = node.least == node.most;
                node.is_possessive = node.is_possessive || is_fixed || is_apart || !can_fail;
            }
            for (Sequence& group : node.groups) keep_what_is_taken(group, !can_fail);
            can_fail = can_fail || node.least > 0;
        }
    }

    /// Whether no character is in both sets.
    static bool are_apart(const CharacterSet& a, const CharacterSet& b)
    {
        for (std::size_t c = 0; c < 0x80; ++c)
            if (a.ascii[c] && b.ascii[c]) return false;
        const auto categories = [](const CharacterSet& set) {
            return set.is_negated ? ~set.categories & 0xFFFF : set.categories;
        };
        return a.ranges.empty() && b.ranges.empty() && (categories(a) & categories(b)) == 0;
    }

    std::size_t nodes_ = 0;
    SplitRegex regex_;
};

TFM_INLINE SplitRegex SplitRegex::parse(std::string_view pattern, const std::string& where)
{
    return SplitRegexParser(pattern, where).parse();
}

TFM_INLINE void SplitRegex::give_up(std::size_t bytes) const
{
    fail(where_ + ": expected a pattern that takes few steps for each byte, found " + pattern_ +
         ", which takes too many with a text of " + std::to_string(bytes) + " bytes");
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
