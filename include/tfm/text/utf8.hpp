#pragma once

/// \file
/// Decoding UTF-8 that may be wrong, and handing it out in whole characters.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What stands at a position of a text.
enum class Utf8Status : std::uint8_t {
    complete,  ///< a well-formed character
    invalid,   ///< bytes that no continuation could make well-formed
    truncated, ///< the text ends within a character that is well-formed so far
};

/// One step through a text.
struct Utf8Step {
    char32_t code_point; ///< meaningful if `status` is `complete`
    std::uint8_t length; ///< bytes to advance, 1 to 4; for wrong text its longest well-formed start
    Utf8Status status;   ///< what was found
};

/// Decodes the character at `position`, which must be less than the text's size. Overlong forms,
/// surrogates and values past U+10FFFF are `invalid` (Unicode 15, table 3-7).
[[nodiscard]] inline Utf8Step decode_utf8(std::string_view text, std::size_t position)
{
    TFM_ASSERT(position < text.size(), "position past the end of the text");
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[position + i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, Utf8Status::complete};
    if (lead < 0xC2 || lead > 0xF4) return {0, 1, Utf8Status::invalid};

    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The lead byte narrows what may follow it; later bytes are any of 80 to BF.
    std::uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    std::uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    char32_t code_point = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto so_far = static_cast<std::uint8_t>(i);
        if (position + i == text.size()) return {0, so_far, Utf8Status::truncated};
        if (byte(i) < lowest || byte(i) > highest) return {0, so_far, Utf8Status::invalid};
        code_point = code_point << 6 | (byte(i) & 0x3FU);
        lowest = 0x80;
        highest = 0xBF;
    }
    return {code_point, static_cast<std::uint8_t>(length), Utf8Status::complete};
}

namespace detail {

/// Appends a character, which must be no more than U+10FFFF.
inline void append_utf8(std::string& text, char32_t c)
{
    const auto tail = [&](unsigned shift) {
        text.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3FU)));
    };
    if (c < 0x80) {
        text.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        text.push_back(static_cast<char>(0xC0U | c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        text.push_back(static_cast<char>(0xE0U | c >> 12));
        tail(6);
        tail(0);
    } else {
        text.push_back(static_cast<char>(0xF0U | c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

} // namespace detail

/// Number of bytes at the end of `text` that start a character without finishing it, 0 to 3.
[[nodiscard]] inline std::size_t incomplete_utf8_tail(std::string_view text)
{
    for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
        const auto byte = static_cast<std::uint8_t>(text[text.size() - length]);
        if ((byte & 0xC0U) == 0x80) continue;
        const Utf8Step step = decode_utf8(text, text.size() - length);
        return step.status == Utf8Status::truncated && step.length == length ? length : 0;
    }
    return 0;
}

/// The text with every ill-formed sequence replaced by U+FFFD, one per longest well-formed start
/// (Unicode 15, section 3.9, as the WHATWG decoder and Python's "replace" do it).
[[nodiscard]] inline std::string to_valid_utf8(std::string_view text)
{
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const Utf8Step step = decode_utf8(text, position);
        if (step.status == Utf8Status::complete)
            valid.append(text, position, step.length);
        else
            valid.append("\xEF\xBF\xBD");
        position += step.length;
    }
    return valid;
}

/// Turns the bytes of tokens, which may end within a character, into text that never does. Bytes
/// that cannot become a character are passed on as they are.
class Utf8Stream {
public:
    Utf8Stream() { buffer_.reserve(256); }

    /// Takes bytes and returns what is complete so far, possibly nothing. The view is valid until
    /// the next call. Allocates only if `bytes` is longer than any before, and than 256 bytes.
    [[nodiscard]] std::string_view push(std::string_view bytes)
    {
        buffer_.erase(0, handed_out_);
        buffer_.append(bytes);
        handed_out_ = buffer_.size() - incomplete_utf8_tail(buffer_);
        return {buffer_.data(), handed_out_};
    }

    /// Returns the bytes held back, an unfinished character, and starts anew. The view is valid
    /// until the next call.
    [[nodiscard]] std::string_view finish() noexcept
    {
        buffer_.erase(0, handed_out_);
        handed_out_ = buffer_.size();
        return buffer_;
    }

private:
    std::string buffer_;
    std::size_t handed_out_ = 0;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
