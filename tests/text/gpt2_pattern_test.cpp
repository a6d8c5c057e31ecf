/// Pre-tokenisation. The expected pieces of valid text are what Python's `regex` module finds with
/// GPT-2's pattern.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/gpt2_pattern.hpp>

namespace {

using Pieces = std::vector<std::string>;

Pieces pieces(std::string_view text)
{
    Pieces result;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = tfm::gpt2_piece_end(text, begin);
        result.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return result;
}

TEST(Gpt2Pattern, CutsWordsNumbersAndMarks)
{
    EXPECT_EQ(pieces(""), Pieces{});
    EXPECT_EQ(pieces("Hello, world!"), (Pieces{"Hello", ",", " world", "!"}));
    EXPECT_EQ(pieces("x86 is 3.14 (pi)"),
              (Pieces{"x", "86", " is", " 3", ".", "14", " (", "pi", ")"}));
    EXPECT_EQ(pieces("a_b-c"), (Pieces{"a", "_", "b", "-", "c"}));
    EXPECT_EQ(pieces("?!?! ..."), (Pieces{"?!?!", " ..."}));
}

TEST(Gpt2Pattern, CutsContractionsWhereverTheyStart)
{
    EXPECT_EQ(pieces("it's we're I've I'm he'll can't she'd"),
              (Pieces{"it", "'s", " we", "'re", " I", "'ve", " I", "'m", " he", "'ll", " can", "'t",
                      " she", "'d"}));
    EXPECT_EQ(pieces("'sit 'refer"), (Pieces{"'s", "it", " '", "refer"}));
    EXPECT_EQ(pieces("IT'S 'r 'l' '"), (Pieces{"IT", "'", "S", " '", "r", " '", "l", "'", " '"}));
    EXPECT_EQ(pieces("a''s!'s"), (Pieces{"a", "''", "s", "!'", "s"}));
}

TEST(Gpt2Pattern, LeavesTheLastSpaceToTheWord)
{
    EXPECT_EQ(pieces("a  b"), (Pieces{"a", " ", " b"}));
    EXPECT_EQ(pieces("a \tb"), (Pieces{"a", " ", "\t", "b"}));
    EXPECT_EQ(pieces("a\t b"), (Pieces{"a", "\t", " b"}));
    EXPECT_EQ(pieces("a\n\n\nb"), (Pieces{"a", "\n\n", "\n", "b"}));
    EXPECT_EQ(pieces("   "), (Pieces{"   "}));
    EXPECT_EQ(pieces("a \n "), (Pieces{"a", " \n "}));
    EXPECT_EQ(pieces("a "), (Pieces{"a", " "}));
}

TEST(Gpt2Pattern, KnowsUnicode)
{
    EXPECT_EQ(pieces("\u00e9t\u00e9 \u00bd\u00b2"), (Pieces{"\u00e9t\u00e9", " \u00bd\u00b2"}));
    EXPECT_EQ(pieces("\u3000\u4e2d\u6587\u3002"), (Pieces{"\u3000", "\u4e2d\u6587", "\u3002"}));
    EXPECT_EQ(pieces("a\u00a0\u2003b"), (Pieces{"a", "\u00a0", "\u2003", "b"}));
    // Combining marks are neither letters nor numbers.
    EXPECT_EQ(pieces("e\u0301a"), (Pieces{"e", "\u0301", "a"}));
}

TEST(Gpt2Pattern, TakesInvalidBytesForMarks)
{
    EXPECT_EQ(pieces("a\xFF\xC3!b"), (Pieces{"a", "\xFF\xC3!", "b"}));
    EXPECT_EQ(pieces(" \xE4\xB8"), (Pieces{" \xE4\xB8"}));
    EXPECT_EQ(pieces("a\xED\xA0\x80 b"), (Pieces{"a", "\xED\xA0\x80", " b"}));
}

} // namespace
