#pragma once

/// \file
/// GPT-2's pre-tokenisation: cutting a text into the pieces that byte-pair encoding works on.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../config.hpp"
#include "tables/unicode_classes.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Classes of the ASCII characters, the common case, in one small table.
inline constexpr std::array<CharacterClass, 128> ascii_class = [] {
    std::array<CharacterClass, 128> classes{};
    for (std::size_t i = 0; i < classes.size(); ++i)
        classes[i] = character_class(static_cast<char32_t>(i));
    return classes;
}();

struct ClassifiedStep {
    CharacterClass kind;
    std::size_t length; ///< bytes
};

[[nodiscard]] inline ClassifiedStep classify_at(std::string_view text, std::size_t position)
{
    const auto byte = static_cast<std::uint8_t>(text[position]);
    if (byte < 0x80) return {ascii_class[byte], 1};
    const Utf8Step step = decode_utf8(text, position);
    if (step.status != Utf8Status::complete) return {CharacterClass::other, step.length};
    return {character_class(step.code_point), step.length};
}

/// End of the run of characters of class `kind` that starts at `position`.
[[nodiscard]] inline std::size_t end_of_run(std::string_view text, std::size_t position,
                                            CharacterClass kind)
{
    while (position < text.size()) {
        const ClassifiedStep step = classify_at(text, position);
        if (step.kind != kind) break;
        position += step.length;
    }
    return position;
}

/// Bytes of the contraction ('s, 't, 're, 've, 'm, 'll, 'd) at an apostrophe, or 0.
[[nodiscard]] inline std::size_t contraction_length(std::string_view text, std::size_t apostrophe)
{
    const std::string_view rest = text.substr(apostrophe + 1, 2);
    if (rest.empty()) return 0;
    if (rest[0] == 's' || rest[0] == 't' || rest[0] == 'm' || rest[0] == 'd') return 2;
    return rest == "re" || rest == "ve" || rest == "ll" ? 3 : 0;
}

/// A run of white space leaves its last character to what follows it, unless it has only one or
/// stands at the end of the text: `\s+(?!\S)|\s+`.
[[nodiscard]] inline std::size_t end_of_white_space(std::string_view text, std::size_t begin)
{
    std::size_t last = begin;
    std::size_t end = begin;
    while (end < text.size()) {
        const ClassifiedStep step = classify_at(text, end);
        if (step.kind != CharacterClass::space) break;
        last = end;
        end += step.length;
    }
    return end == text.size() || last == begin ? end : last;
}

} // namespace detail

/// End of the piece that starts at byte `begin` (less than the text's size; the end of the previous
/// piece, or 0), as the first match there of
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Every byte of a text belongs to exactly one piece. Bytes that are not valid UTF-8 count as
/// characters that are neither letters, numbers nor white space. Takes time linear in the piece.
[[nodiscard]] inline std::size_t gpt2_piece_end(std::string_view text, std::size_t begin)
{
    if (text[begin] == '\'') {
        if (const std::size_t length = detail::contraction_length(text, begin); length != 0)
            return begin + length;
    }
    const std::size_t start = begin + (text[begin] == ' ' ? 1 : 0);
    if (start < text.size()) {
        const detail::ClassifiedStep step = detail::classify_at(text, start);
        if (step.kind != CharacterClass::space)
            return detail::end_of_run(text, start + step.length, step.kind);
    }
    return detail::end_of_white_space(text, begin);
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
