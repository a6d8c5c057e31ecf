/// Decoding UTF-8. Ill-formed sequences and their replacements are the examples of the Unicode
/// Standard 15.0, tables 3-8 to 3-11.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/utf8.hpp>

namespace {

using tfm::Utf8Status;

std::string encode(char32_t c)
{
    const auto byte = [](char32_t value) { return static_cast<char>(value); };
    const auto rest = [&](int shift) { return byte(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0 | c >> 6), rest(0)};
    if (c < 0x10000) return {byte(0xE0 | c >> 12), rest(6), rest(0)};
    return {byte(0xF0 | c >> 18), rest(12), rest(6), rest(0)};
}

/// `count` replacement characters.
std::string replaced(std::size_t count)
{
    std::string text;
    while (count-- > 0) text += "\xEF\xBF\xBD";
    return text;
}

TEST(Utf8, DecodesEveryCodePointAndNoSurrogate)
{
    for (char32_t c = 0; c < 0x110000; ++c) {
        const std::string text = encode(c);
        const tfm::Utf8Step step = tfm::decode_utf8(text, 0);
        if (c >= 0xD800 && c < 0xE000) {
            ASSERT_EQ(step.status, Utf8Status::invalid) << std::uint32_t{c};
        } else {
            ASSERT_EQ(step.status, Utf8Status::complete) << std::uint32_t{c};
            ASSERT_EQ(step.code_point, c);
            ASSERT_EQ(step.length, text.size());
        }
    }
    EXPECT_EQ(tfm::decode_utf8(encode(0x110000), 0).status, Utf8Status::invalid);
}

TEST(Utf8, ReplacesIllFormedSequencesAsTheStandardShows)
{
    using namespace std::string_literals;
    EXPECT_EQ(tfm::to_valid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), replaced(8) + "A");
    EXPECT_EQ(tfm::to_valid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), replaced(8) + "A");
    EXPECT_EQ(tfm::to_valid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
              replaced(5) + "A" + replaced(2) + "B");
    EXPECT_EQ(tfm::to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), replaced(4) + "A");
    EXPECT_EQ(tfm::to_valid_utf8("a\0b\xE4\xB8\xAD"s), "a\0b\xE4\xB8\xAD"s);
    EXPECT_EQ(tfm::to_valid_utf8(""), "");
}

TEST(Utf8, TellsTruncatedFromInvalid)
{
    const std::string text = "\xF0\x9F\x98\x80";
    for (std::size_t length = 1; length < 4; ++length) {
        const std::string_view start = std::string_view(text).substr(0, length);
        const tfm::Utf8Step step = tfm::decode_utf8(start, 0);
        EXPECT_EQ(step.status, Utf8Status::truncated);
        EXPECT_EQ(step.length, length);
        EXPECT_EQ(tfm::incomplete_utf8_tail(start), length);
    }
    EXPECT_EQ(tfm::incomplete_utf8_tail(text), 0U);
    EXPECT_EQ(tfm::incomplete_utf8_tail(""), 0U);
    EXPECT_EQ(tfm::incomplete_utf8_tail("ab"), 0U);
    EXPECT_EQ(tfm::incomplete_utf8_tail("a\xC3"), 1U);
    EXPECT_EQ(tfm::incomplete_utf8_tail("\x80\x80\x80\x80"), 0U);
    EXPECT_EQ(tfm::incomplete_utf8_tail("\xE0\x80"), 0U); // overlong: never a character
    EXPECT_EQ(tfm::incomplete_utf8_tail("\xF5\x80"), 0U);
    EXPECT_EQ(tfm::incomplete_utf8_tail("\xC3\xA9\x80"), 0U);
}

TEST(Utf8Stream, HandsOutWholeCharactersHoweverTheBytesAreCut)
{
    const std::string text = "na\xC3\xAFve \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\x98\x80!";
    for (std::size_t width = 1; width <= text.size(); ++width) {
        tfm::Utf8Stream stream;
        std::string received;
        for (std::size_t begin = 0; begin < text.size(); begin += width) {
            const std::string_view part = stream.push(std::string_view(text).substr(begin, width));
            EXPECT_EQ(tfm::to_valid_utf8(part), part);
            received += part;
        }
        EXPECT_EQ(received, text);
        EXPECT_EQ(stream.finish(), "");
    }
}

TEST(Utf8Stream, PassesInvalidBytesOnAndFlushesTheRest)
{
    tfm::Utf8Stream stream;
    EXPECT_EQ(stream.push("\xFF\x80"), "\xFF\x80");
    EXPECT_EQ(stream.push("a\xE4\xB8"), "a");
    EXPECT_EQ(stream.push(""), "");
    EXPECT_EQ(stream.push("b"), "\xE4\xB8"
                                "b");
    EXPECT_EQ(stream.push("\xF0\x9F"), "");
    EXPECT_EQ(stream.finish(), "\xF0\x9F");
    EXPECT_EQ(stream.finish(), "");
    EXPECT_EQ(stream.push("c"), "c");
}

} // namespace
