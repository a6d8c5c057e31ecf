#pragma once

/// \file
/// The alphabet in which GPT-2's vocabulary files write bytes as printable characters.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Bytes that are printable and not a space in Latin-1 stand for themselves.
[[nodiscard]] constexpr bool stands_for_itself(std::size_t byte) noexcept
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

/// The character of each byte: the others take U+0100, U+0101, ... in the order of their values.
inline constexpr std::array<char32_t, 256> byte_level_alphabet = [] {
    std::array<char32_t, 256> alphabet{};
    char32_t next = 0x100;
    for (std::size_t byte = 0; byte < 256; ++byte)
        alphabet[byte] = stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
    return alphabet;
}();

/// Characters of the alphabet are all below this.
inline constexpr std::size_t byte_level_limit = 0x144;

/// The byte of each character, or -1 where the character is not in the alphabet.
inline constexpr std::array<std::int16_t, byte_level_limit> byte_level_inverse = [] {
    std::array<std::int16_t, byte_level_limit> inverse{};
    for (auto& byte : inverse) byte = -1;
    for (std::size_t byte = 0; byte < 256; ++byte)
        inverse[byte_level_alphabet[byte]] = static_cast<std::int16_t>(byte);
    return inverse;
}();

/// A byte as the vocabulary writes it: one character in UTF-8.
[[nodiscard]] inline std::string byte_level_character(std::uint8_t byte)
{
    const char32_t character = byte_level_alphabet[byte];
    if (character < 0x80) return {static_cast<char>(character)};
    return {static_cast<char>(0xC0U | character >> 6),
            static_cast<char>(0x80U | (character & 0x3F))};
}

/// The bytes that a vocabulary entry stands for, or nothing if it is not written in the alphabet.
[[nodiscard]] inline std::optional<std::string> byte_level_decode(std::string_view entry)
{
    std::string bytes;
    for (std::size_t position = 0; position < entry.size();) {
        const Utf8Step step = decode_utf8(entry, position);
        if (step.status != Utf8Status::complete || step.code_point >= byte_level_limit) return {};
        const std::int16_t byte = byte_level_inverse[step.code_point];
        if (byte < 0) return {};
        bytes.push_back(static_cast<char>(byte));
        position += step.length;
    }
    return bytes;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
