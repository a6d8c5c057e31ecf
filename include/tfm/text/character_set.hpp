#pragma once

/// \file
/// Sets of characters, as the classes of regular expressions name them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "tables/unicode_classes.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The characters that one place of a pattern takes.
struct CharacterSet {
    std::array<bool, 256> ascii{};                     ///< by byte; none from 0x80 on
    std::uint16_t categories = 0;                      ///< of other characters, by bit
    std::vector<std::pair<char32_t, char32_t>> ranges; ///< further ones, first and last
    bool is_negated = false; ///< whether `categories` and `ranges` say what is not taken

    /// Bytes of the character at `position`, which is not ASCII, or 0 where it is not taken. Bytes
    /// that are not valid UTF-8 are characters of category `other`.
    [[nodiscard]] std::size_t take_other(std::string_view text, std::size_t position) const
    {
        const Utf8Step step = decode_utf8(text, position);
        const bool is_valid = step.status == Utf8Status::complete;
        const auto category =
            is_valid ? character_category(step.code_point) : CharacterCategory::other;
        bool is_in = (categories >> static_cast<unsigned>(category) & 1U) != 0;
        for (auto const& [first, last] : ranges)
            is_in = is_in || (is_valid && first <= step.code_point && step.code_point <= last);
        return is_in != is_negated ? step.length : 0;
    }

    /// Bytes of the character at `position`, or 0 where it is not taken.
    [[nodiscard]] std::size_t take(std::string_view text, std::size_t position) const
    {
        const auto byte = static_cast<std::uint8_t>(text[position]);
        if (byte < 0x80) return ascii[byte] ? 1 : 0;
        return take_other(text, position);
    }
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
