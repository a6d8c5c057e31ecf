#pragma once

/// \file
/// Reading the regular expression of a split pattern.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "split_regex.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Bit of a category in CharacterSet::categories.
[[nodiscard]] constexpr std::uint16_t category_bit(CharacterCategory category) noexcept
{
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(category));
}

/// What stands between the braces of `\p{...}`, and the categories that it means.
struct CategoryName {
    std::string_view name;
    std::uint16_t categories;
};

inline constexpr std::array category_names = [] {
    using enum CharacterCategory;
    const auto bits = [](auto... categories) {
        return static_cast<std::uint16_t>((0 | ... | category_bit(categories)));
    };
    return std::array{
        CategoryName{"L", bits(upper_case, lower_case, title_case, modifier, other_letter)},
        CategoryName{"Lu", bits(upper_case)},
        CategoryName{"Ll", bits(lower_case)},
        CategoryName{"Lt", bits(title_case)},
        CategoryName{"Lm", bits(modifier)},
        CategoryName{"Lo", bits(other_letter)},
        CategoryName{"M", bits(mark)},
        CategoryName{"N", bits(digit, other_number)},
        CategoryName{"Nd", bits(digit)},
        CategoryName{"P", bits(punctuation)},
        CategoryName{"S", bits(symbol)},
    };
}();

/// Reads a pattern from its beginning to its end.
class SplitRegexParser {
public:
    SplitRegexParser(std::string_view pattern, const std::string& where)
        : pattern_(pattern), where_(where)
    {
    }

    SplitRegex parse()
    {
        require(to_valid_utf8(pattern_) == pattern_,
                [&] { return where_ + ": expected a pattern in UTF-8"; });
        regex_.alternatives_ = parse_alternatives(false, 0);
        if (position_ != pattern_.size()) refuse(position_, 1);
        require(regex_.alternatives_.size() <= 32, [&] {
            return where_ + ": expected at most 32 alternatives, found " +
                   std::to_string(regex_.alternatives_.size());
        });
        for (std::size_t i = 0; i < regex_.alternatives_.size(); ++i) {
            std::array<bool, 256> may_begin{};
            if (add_first_bytes(regex_.alternatives_[i], may_begin)) may_begin.fill(true);
            for (std::size_t byte = 0; byte < 256; ++byte)
                regex_.candidates_[byte] |= std::uint32_t{may_begin[byte]} << i;
            keep_what_is_taken(regex_.alternatives_[i], true);
        }
        return std::move(regex_);
    }

private:
    using Node = SplitRegex::Node;
    using NodeKind = SplitRegex::NodeKind;
    using Sequence = SplitRegex::Sequence;

    /// Patterns that are published have some 60 places, and groups in no group.
    static constexpr std::size_t most_nodes = 1000;
    static constexpr std::size_t most_levels = 16;
    static constexpr std::uint32_t most_repeats = 10'000;

    [[noreturn]] void refuse(std::size_t begin, std::size_t length) const
    {
        fail(where_ + ": expected a construct that published split patterns use, found " +
             in_quotes(to_valid_utf8(pattern_.substr(begin, length))) + " at byte " +
             std::to_string(begin + 1) + " of " + in_quotes(pattern_));
    }

    bool at_end() const { return position_ == pattern_.size(); }
    bool sees(std::string_view text) const { return pattern_.substr(position_).starts_with(text); }
    bool accept(std::string_view text)
    {
        if (!sees(text)) return false;
        position_ += text.size();
        return true;
    }

    std::vector<Sequence> parse_alternatives(bool ignores_case, std::size_t level)
    {
        if (level > most_levels) refuse(position_, 1);
        std::vector<Sequence> alternatives;
        do {
            Sequence nodes;
            while (!at_end() && !sees("|") && !sees(")")) {
                nodes.push_back(parse_node(ignores_case, level));
                if (++nodes_ > most_nodes) refuse(position_, pattern_.size());
            }
            alternatives.push_back(std::move(nodes));
        } while (accept("|"));
        return alternatives;
    }

    Node parse_node(bool ignores_case, std::size_t level)
    {
        const std::size_t begin = position_;
        Node node;
        if (accept("(?!")) {
            node.kind = NodeKind::not_before;
            node.set = add_set(parse_set(ignores_case));
            if (!accept(")")) refuse(begin, position_ + 1 - begin);
        } else if (sees("(")) {
            node.kind = NodeKind::group;
            node.groups = parse_group(ignores_case, level);
            if (accept("?")) node.least = 0;
        } else {
            node.set = add_set(parse_set(ignores_case));
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

    /// One character, an escape or a class.
    CharacterSet parse_set(bool ignores_case)
    {
        CharacterSet set;
        if (accept("[")) {
            parse_class(set, ignores_case, 0);
        } else if (accept(".")) {
            set.ranges.emplace_back('\n', '\n');
            set.is_negated = true;
        } else {
            for (const char* const sign : {"?", "*", "+", "{", "^", "$", ")", "|"})
                if (sees(sign)) refuse(position_, 1);
            const Atom atom = parse_atom();
            if (atom.is_category) {
                if (ignores_case && !is_caseless(atom.categories)) refuse(atom.begin, atom.size());
                set.categories = atom.categories;
                set.is_negated = atom.is_negated;
            } else {
                add_range(set, atom, atom.character, ignores_case);
            }
        }
        return set;
    }

    /// A character or the categories of an escape, as they stand in the pattern.
    struct Atom {
        std::size_t begin;
        std::size_t end;
        char32_t character = 0;
        bool is_category = false;
        bool is_negated = false;
        std::uint16_t categories = 0;

        std::size_t size() const { return end - begin; }
    };

    Atom parse_atom()
    {
        const std::size_t begin = position_;
        if (at_end()) refuse(begin, 0);
        if (!accept("\\")) {
            const Utf8Step step = decode_utf8(pattern_, position_);
            position_ += step.length;
            return {begin, position_, step.code_point};
        }
        if (at_end()) refuse(begin, 1);
        const char sign = pattern_[position_++];
        if (sign == 'p' || sign == 'P') return parse_property(begin, sign == 'P');
        Atom atom{begin, position_};
        using enum CharacterCategory;
        switch (sign) {
        case 'r':
            atom.character = '\r';
            return atom;
        case 'n':
            atom.character = '\n';
            return atom;
        case 't':
            atom.character = '\t';
            return atom;
        case 's':
        case 'S':
            atom.categories = category_bit(space);
            break;
        case 'd':
            atom.categories = category_bit(digit);
            break;
        default:
            atom.character = static_cast<unsigned char>(sign);
            const CharacterCategory kind = character_category(atom.character);
            const bool is_mark = kind == punctuation || kind == symbol || kind == space;
            if (atom.character >= 0x80 || !is_mark) refuse(begin, 2);
            return atom;
        }
        atom.is_category = true;
        atom.is_negated = sign == 'S';
        return atom;
    }

    Atom parse_property(std::size_t begin, bool is_negated)
    {
        const std::size_t close = pattern_.find('}', position_);
        if (!accept("{") || close == pattern_.npos) refuse(begin, 3);
        std::string_view const name = pattern_.substr(position_, close - position_);
        auto const found =
            std::find_if(category_names.begin(), category_names.end(),
                         [&](const CategoryName& category) { return category.name == name; });
        if (found == category_names.end()) refuse(begin, close + 1 - begin);
        position_ = close + 1;
        return {begin, position_, 0, true, is_negated, found->categories};
    }

    /// What follows `[`, its `]` included.
    void parse_class(CharacterSet& set, bool ignores_case, std::size_t level)
    {
        const std::size_t begin = position_ - 1;
        if (level > most_levels) refuse(begin, 1);
        if (accept("^")) {
            if (level > 0) refuse(begin, 2);
            set.is_negated = true;
        }
        if (sees("]") || sees(":")) refuse(begin, position_ + 1 - begin);
        while (!accept("]")) {
            if (at_end()) refuse(begin, pattern_.size());
            if (sees("&&")) refuse(position_, 2);
            if (accept("["))
                parse_class(set, ignores_case, level + 1);
            else
                parse_class_item(set, ignores_case);
        }
    }

    void parse_class_item(CharacterSet& set, bool ignores_case)
    {
        const Atom first = parse_atom();
        if (first.is_category) {
            const bool is_refused = ignores_case && !is_caseless(first.categories);
            if (is_refused) refuse(first.begin, first.size());
            set.categories |=
                first.is_negated ? static_cast<std::uint16_t>(~first.categories) : first.categories;
            return;
        }
        const bool is_range = sees("-") && !sees("-]");
        if (!is_range) return add_range(set, first, first.character, ignores_case);
        position_ += 1;
        const std::size_t begin = position_;
        const Atom last = sees("[") ? Atom{begin, begin, 0, true} : parse_atom();
        if (last.is_category || last.character < first.character)
            refuse(first.begin, last.end - first.begin);
        add_range(set, first, last.character, ignores_case);
    }

    /// Whether upper and lower case are not told apart by the categories.
    static bool is_caseless(std::uint16_t categories)
    {
        return (categories & category_names[0].categories) == 0;
    }

    /// Adds the characters from `first` to `last`; where case does not count, with all that have
    /// the same simple folding, which of ASCII's are the other case, U+017F (s) and U+212A (k).
    void add_range(CharacterSet& set, const Atom& first, char32_t last, bool ignores_case) const
    {
        set.ranges.emplace_back(first.character, last);
        if (!ignores_case) return;
        if (last >= 0x80) refuse(first.begin, first.size());
        for (char32_t c = first.character; c <= last; ++c) {
            const char32_t lower = c | 0x20U;
            if (lower < 'a' || lower > 'z') continue;
            set.ranges.emplace_back(c ^ 0x20U, c ^ 0x20U);
            if (lower == 's') set.ranges.emplace_back(0x17F, 0x17F);
            if (lower == 'k') set.ranges.emplace_back(0x212A, 0x212A);
        }
    }

    /// The index of a set, whose table it fills.
    std::uint32_t add_set(CharacterSet set)
    {
        for (std::size_t c = 0; c < 0x80; ++c) {
            const auto category = character_category(static_cast<char32_t>(c));
            bool is_in = (set.categories & category_bit(category)) != 0;
            for (auto const& [first, last] : set.ranges) is_in |= first <= c && c <= last;
            set.ascii[c] = is_in != set.is_negated;
        }
        std::erase_if(set.ranges, [](const auto& range) { return range.second < 0x80; });
        auto const known = std::find(regex_.sets_.begin(), regex_.sets_.end(), set);
        const auto index = static_cast<std::uint32_t>(known - regex_.sets_.begin());
        if (known == regex_.sets_.end()) regex_.sets_.push_back(std::move(set));
        return index;
    }

    /// Marks the bytes that may begin a match of the sequence, and returns whether the sequence may
    /// match without any character.
    bool add_first_bytes(const Sequence& nodes, std::array<bool, 256>& bytes) const
    {
        for (const Node& node : nodes) {
            bool may_be_empty = node.least == 0;
            if (node.kind == NodeKind::group) {
                for (const Sequence& group : node.groups)
                    may_be_empty |= add_first_bytes(group, bytes);
            } else if (node.kind == NodeKind::not_before) {
                may_be_empty = true;
            } else {
                const CharacterSet& set = regex_.sets_[node.set];
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
    void keep_what_is_taken(Sequence& nodes, bool is_end)
    {
        bool can_fail = !is_end;
        for (std::size_t i = nodes.size(); i-- > 0;) {
            Node& node = nodes[i];
            if (node.kind == NodeKind::characters) {
                const Node* const next = i + 1 < nodes.size() ? &nodes[i + 1] : nullptr;
                const bool is_apart = next && next->kind == NodeKind::characters &&
                                      next->least > 0 && are_apart(node.set, next->set);
                node.is_possessive = node.is_possessive || is_apart || !can_fail;
            }
            for (Sequence& group : node.groups) keep_what_is_taken(group, !can_fail);
            can_fail = can_fail || node.least > 0;
        }
    }

    /// Whether no character is in both sets.
    bool are_apart(std::uint32_t first, std::uint32_t second) const
    {
        const CharacterSet& a = regex_.sets_[first];
        const CharacterSet& b = regex_.sets_[second];
        for (std::size_t c = 0; c < 0x80; ++c)
            if (a.ascii[c] && b.ascii[c]) return false;
        const auto categories = [](const CharacterSet& set) {
            return set.is_negated ? ~set.categories & 0xFFFF : set.categories;
        };
        return a.ranges.empty() && b.ranges.empty() && (categories(a) & categories(b)) == 0;
    }

    std::string_view pattern_;
    const std::string& where_;
    std::size_t position_ = 0;
    std::size_t nodes_ = 0;
    SplitRegex regex_;
};

TFM_INLINE SplitRegex SplitRegex::parse(std::string_view pattern, const std::string& where)
{
    return SplitRegexParser(pattern, where).parse();
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
