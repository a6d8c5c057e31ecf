#pragma once

/// \file
/// White space, and the characters of words, at the ends of a text.

#include <cstddef>
#include <string_view>

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

/// Whether a character is one of a word, `\w`: a letter, a digit, or what joins them.
[[nodiscard]] inline bool is_of_word(const Utf8Step& step)
{
    if (step.status != Utf8Status::complete) return false;
    CharacterClass const kind = character_class(step.code_point);
    return kind == CharacterClass::letter || kind == CharacterClass::number ||
           step.code_point == '_';
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
