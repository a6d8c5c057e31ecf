#pragma once

/// \file
/// White space, and the characters of words, at the ends of a text.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../config.hpp"
#include "tables/unicode_classes.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The last character of a text (not empty), as `decode_utf8` finds it where it begins.
[[nodiscard]] inline Utf8Step last_character(std::string_view text)
{
    std::size_t begin = text.size() - 1;
    std::size_t const lowest = text.size() > 4 ? text.size() - 4 : 0;
    while (begin > lowest && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80) --begin;
    Utf8Step const step = decode_utf8(text, begin);
    if (begin + step.length == text.size()) return step;
    return {0, 1, Utf8Status::invalid};
}

[[nodiscard]] inline bool is_white_space(const Utf8Step& step)
{
    return step.status == Utf8Status::complete &&
           character_class(step.code_point) == CharacterClass::space;
}

/// Characters of words that are neither letters, digits nor marks, first and last: connectors,
/// joiners, and numbers and symbols that stand for letters.
inline constexpr std::array<std::pair<char32_t, char32_t>, 23> other_word_characters{
    {{0x5F, 0x5F},       {0x16EE, 0x16F0},   {0x200C, 0x200D},   {0x203F, 0x2040},
     {0x2054, 0x2054},   {0x2160, 0x2182},   {0x2185, 0x2188},   {0x24B6, 0x24E9},
     {0x3007, 0x3007},   {0x3021, 0x3029},   {0x3038, 0x303A},   {0xA6E6, 0xA6EF},
     {0xFE33, 0xFE34},   {0xFE4D, 0xFE4F},   {0xFF3F, 0xFF3F},   {0x10140, 0x10174},
     {0x10341, 0x10341}, {0x1034A, 0x1034A}, {0x103D1, 0x103D5}, {0x12400, 0x1246E},
     {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}}};

/// Whether a character is one of a word: `\w` of Rust's regular expressions, which is Alphabetic,
/// M, Nd, Pc and Join_Control of Unicode.
[[nodiscard]] inline bool is_of_word(const Utf8Step& step)
{
    if (step.status != Utf8Status::complete) return false;
    CharacterCategory const kind = character_category(step.code_point);
    if (character_class(step.code_point) == CharacterClass::letter ||
        kind == CharacterCategory::digit || kind == CharacterCategory::mark)
        return true;
    return std::any_of(other_word_characters.begin(), other_word_characters.end(),
                       [&](const auto& range) {
                           return range.first <= step.code_point && step.code_point <= range.second;
                       });
}

/// Bytes of white space that a text begins with.
[[nodiscard]] inline std::size_t white_space_at_start(std::string_view text)
{
    std::size_t length = 0;
    while (length < text.size()) {
        Utf8Step const step = decode_utf8(text, length);
        if (!is_white_space(step)) break;
        length += step.length;
    }
    return length;
}

/// Bytes of white space that a text ends with.
[[nodiscard]] inline std::size_t white_space_at_end(std::string_view text)
{
    std::size_t end = text.size();
    while (end > 0) {
        Utf8Step const step = last_character(text.substr(0, end));
        if (!is_white_space(step)) break;
        end -= step.length;
    }
    return text.size() - end;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
