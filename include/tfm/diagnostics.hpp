#pragma once

/// \file
/// Quoting what a hostile file holds, so that an error message stays one short line.

#include <cstddef>
#include <string>
#include <string_view>

#include "config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// `text` in single quotes, control characters shown as `\xHH`, cut after `limit` bytes (never
/// inside a UTF-8 character).
inline std::string in_quotes(std::string_view text, std::size_t limit = 96)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t end = text.size();
    if (end > limit) {
        end = limit;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    }
    std::string result = "'";
    for (char const c : text.substr(0, end)) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7F) {
            result += c;
        } else {
            result += "\\x";
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
        }
    }
    return result + (end < text.size() ? "...'" : "'");
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
