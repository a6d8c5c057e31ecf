#pragma once

/// \file
/// What stands for single characters in the normal forms of Unicode and in lower case. Includes
/// large tables: for bodies that tfm::compiled compiles, not for what users include.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../config.hpp"
#include "tables/lower_case.hpp"
#include "tables/normal_forms.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What tables/normal_forms.hpp says of a code point, which may be any number.
class NormalFormKind {
public:
    constexpr explicit NormalFormKind(char32_t c) noexcept
        : bits_(c / 64 < normal_form_block.size()
                    ? normal_form_kinds[normal_form_block[c / 64]][c % 64]
                    : std::uint8_t{0})
    {
    }

    /// Whether form number `form` has something else in its place.
    [[nodiscard]] constexpr bool changes_in(unsigned form) const noexcept
    {
        return (bits_ & 0x40U) != 0 && (bits_ >> form & 1U) != 0;
    }
    /// The order of its combining class; 0 where it is no mark.
    [[nodiscard]] constexpr std::uint8_t rank() const noexcept
    {
        return (bits_ & 0x40U) != 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(bits_ & 0x3FU);
    }
    /// Whether it may be composed with what stands before it.
    [[nodiscard]] constexpr bool joins() const noexcept { return (bits_ & 0x80U) != 0; }

private:
    std::uint8_t bits_;
};

// Hangul syllables are decomposed and composed by arithmetic (Unicode 15, section 3.12).
inline constexpr char32_t first_syllable = 0xAC00;
inline constexpr char32_t first_lead = 0x1100;
inline constexpr char32_t first_vowel = 0x1161;
inline constexpr char32_t before_tails = 0x11A7;
inline constexpr char32_t leads = 19;
inline constexpr char32_t vowels = 21;
inline constexpr char32_t tails = 28; ///< none among them

[[nodiscard]] constexpr bool is_syllable(char32_t c) noexcept
{
    return c >= first_syllable && c < first_syllable + leads * vowels * tails;
}

/// What a sorted table of tables/normal_forms.hpp has for `c`, if anything.
[[nodiscard]] inline std::span<const char32_t>
find_decomposition(std::span<const std::uint32_t> table, char32_t c)
{
    auto const last = table.end() - 1; // says only where the one before it ends
    auto const entry = std::lower_bound(table.begin(), last, std::uint32_t{c} << 14);
    if (entry == last || *entry >> 14 != c) return {};
    const std::uint32_t begin = *entry & 0x3FFFU;
    return std::span(decomposed_characters).subspan(begin, (entry[1] & 0x3FFFU) - begin);
}

/// `visit` for each character of the full decomposition of `c`, which may be `c` alone.
template <class Visit>
void visit_decomposition(char32_t c, bool compatibility, Visit&& visit)
{
    if (is_syllable(c)) {
        const char32_t index = c - first_syllable;
        visit(first_lead + index / (vowels * tails));
        visit(first_vowel + index / tails % vowels);
        if (index % tails != 0) visit(before_tails + index % tails);
        return;
    }
    std::span<const char32_t> parts;
    if (compatibility) parts = find_decomposition(compatibility_decompositions, c);
    if (parts.empty()) parts = find_decomposition(canonical_decompositions, c);
    if (parts.empty()) return visit(c);
    for (const char32_t part : parts) visit(part);
}

/// The character that the two compose to, or 0.
[[nodiscard]] inline char32_t composition(char32_t first, char32_t second)
{
    const char32_t lead = first - first_lead;
    const char32_t vowel = second - first_vowel;
    if (lead < leads && vowel < vowels) return first_syllable + (lead * vowels + vowel) * tails;
    const char32_t tail = second - before_tails;
    if (is_syllable(first) && (first - first_syllable) % tails == 0 && tail - 1 < tails - 1)
        return first + tail;

    if (first >> 17 != 0 || second >> 17 != 0) return 0;
    const std::uint64_t pair = std::uint64_t{first} << 17 | second;
    auto const entry = std::lower_bound(compositions.begin(), compositions.end(), pair << 17);
    if (entry == compositions.end() || *entry >> 17 != pair) return 0;
    return static_cast<char32_t>(*entry & 0x1FFFFU);
}

/// `visit` for each character of the lower case of `c`, whatever stands beside it.
template <class Visit>
void visit_lower_case(char32_t c, Visit&& visit)
{
    if (c < 0x80) return visit(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    if (c == 0x130) {
        visit(U'i');
        return visit(U'\u0307');
    }
    std::size_t begin = 0;
    for (std::size_t count = lower_case_pairs.size() / 2; count > 0;) {
        const std::size_t half = count / 2;
        const bool is_before = lower_case_pairs[2 * (begin + half)] < c;
        begin += is_before ? half + 1 : 0;
        count = is_before ? count - half - 1 : half;
    }
    const bool is_found = 2 * begin < lower_case_pairs.size() && lower_case_pairs[2 * begin] == c;
    visit(is_found ? lower_case_pairs[2 * begin + 1] : c);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
