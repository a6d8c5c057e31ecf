#pragma once

/// \file
/// Reading the characters, escapes and classes of a regular expression.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "character_set.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

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

/// Where in a pattern its reader is, and the set of characters that stands there.
class CharacterSetParser {
public:
    CharacterSetParser(std::string_view pattern, const std::string& where)
        : pattern_(pattern), where_(where)
    {
        require(to_valid_utf8(pattern_) == pattern_,
                [&] { return where_ + ": expected a pattern in UTF-8"; });
    }

protected:
    /// Patterns that are published have groups in no group, and a class in a class.
    static constexpr std::size_t most_levels = 16;

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
        fill_table(set);
        return set;
    }

    std::string_view pattern_;
    const std::string& where_;
    std::size_t position_ = 0;

private:
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

    /// Fills the table of ASCII characters and leaves the ranges without them.
    static void fill_table(CharacterSet& set)
    {
        for (std::size_t c = 0; c < 0x80; ++c) {
            const auto category = character_category(static_cast<char32_t>(c));
            bool is_in = (set.categories & category_bit(category)) != 0;
            for (auto const& [first, last] : set.ranges) is_in |= first <= c && c <= last;
            set.ascii[c] = is_in != set.is_negated;
        }
        std::erase_if(set.ranges, [](const auto& range) { return range.second < 0x80; });
    }
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
