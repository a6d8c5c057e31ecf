/// Split patterns against what Hugging Face's tokenizers cuts with them (split_vectors.json, from
/// tools/make_split_references.mjs), and by hand where the answer is plain.

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/split_regex.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using Pieces = std::vector<std::string>;
using tfm::detail::SplitRegex;
using tfm_test::error_of;

SplitRegex parse(std::string_view pattern) { return SplitRegex::parse(pattern, "file: 'pattern'"); }

/// The matches, and what stands between them.
Pieces pieces(const SplitRegex& regex, std::string_view text)
{
    Pieces result;
    std::size_t begin = 0;
    std::size_t steps = SplitRegex::most_steps(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const std::size_t end = regex.match_end(text, position, steps);
        if (end == position) {
            position += tfm::decode_utf8(text, position).length;
            continue;
        }
        if (begin != position) result.emplace_back(text.substr(begin, position - begin));
        result.emplace_back(text.substr(position, end - position));
        position = begin = end;
    }
    if (begin != text.size()) result.emplace_back(text.substr(begin));
    return result;
}

Pieces pieces(std::string_view pattern, std::string_view text)
{
    return pieces(parse(pattern), text);
}

std::string refusal(std::string_view pattern)
{
    return error_of([&] { (void)parse(pattern); });
}

TEST(SplitRegex, CutsAsHuggingFaceDoesWithPublishedPatterns)
{
    std::ifstream stream(std::string(TFM_TEST_DATA) + "/tokenizer/split_vectors.json");
    auto const groups = nlohmann::json::parse(stream, nullptr, false);
    ASSERT_TRUE(groups.is_array());
    ASSERT_GE(groups.size(), 7U);
    for (const auto& group : groups) {
        auto const regex = parse(group["pattern"].get<std::string>());
        ASSERT_GE(group["vectors"].size(), 150U);
        for (const auto& vector : group["vectors"]) {
            auto const expected = vector.get<Pieces>();
            std::string text;
            for (const std::string& piece : expected) text += piece;
            EXPECT_EQ(pieces(regex, text), expected) << group["name"] << vector.dump(-1, ' ', true);
        }
    }
}

TEST(SplitRegex, KnowsThePatternsOfFamiliesByName)
{
    std::ifstream stream(std::string(TFM_TEST_DATA) + "/tokenizer/split_vectors.json");
    auto const groups = nlohmann::json::parse(stream, nullptr, false);
    const auto pattern = [&](const char* name) {
        for (const auto& group : groups)
            if (group["name"] == name) return group["pattern"].get<std::string>();
        return std::string();
    };
    EXPECT_EQ(tfm::detail::gpt2_split_pattern, pattern("GPT-2"));
    EXPECT_EQ(tfm::detail::qwen2_split_pattern, pattern("Qwen2"));
    EXPECT_EQ(tfm::detail::llama3_split_pattern, pattern("Llama 3"));
}

TEST(SplitRegex, TakesTheFirstAlternativeAndAsMuchAsItCan)
{
    EXPECT_EQ(pieces("a|ab", "ab"), (Pieces{"a", "b"}));
    EXPECT_EQ(pieces("a+ab", "aaab"), Pieces{"aaab"});
    EXPECT_EQ(pieces("(?:a|ab)c", "abc"), Pieces{"abc"});
    EXPECT_EQ(pieces("(a|b)?b", "b"), Pieces{"b"});
    EXPECT_EQ(pieces("x(y(z|w)?)?!", "xyw!x!xy!"), (Pieces{"xyw!", "x!", "xy!"}));
    EXPECT_EQ(pieces("a{2}", "aaaaa"), (Pieces{"aa", "aa", "a"}));
    EXPECT_EQ(pieces("a{2,}", "aaaba"), (Pieces{"aaa", "ba"}));
    EXPECT_EQ(pieces("a{1,2}a", "aaaa"), (Pieces{"aaa", "a"}));
    EXPECT_EQ(pieces("a++a|b", "aab"), (Pieces{"aa", "b"})); // possessive: gives nothing back
    EXPECT_EQ(pieces("a?+a|b", "ab"), (Pieces{"a", "b"}));
}

TEST(SplitRegex, APatternThatMatchesTheEmptyStringIsRefused)
{
    // Hugging Face's tokenizers cut "baa" by 'a*' into b and aa, but "bc" into b and c.
    EXPECT_EQ(
        refusal("a*"),
        "file: 'pattern': expected a pattern that matches at least one character, found 'a*'");
    for (const char* const pattern :
         {"", "b|", "|b", "a?", "a{0,2}", "(?!a)", "(a|b?)", "(a)?", "x|(?:a|)b*+"})
        EXPECT_TRUE(refusal(pattern).starts_with("file: 'pattern': expected a pattern that"))
            << pattern;
}

TEST(SplitRegex, KnowsClassesAndEscapes)
{
    EXPECT_EQ(pieces("[a-c\\]\\-]+", "ab]-d"), (Pieces{"ab]-", "d"}));
    EXPECT_EQ(pieces("[^a-c]+", "xyzab\n"), (Pieces{"xyz", "ab", "\n"}));
    EXPECT_EQ(pieces("[a[bc]\u4E2D-\u4E2F]+", "abc\u4E2E\u4E30"), (Pieces{"abc\u4E2E", "\u4E30"}));
    EXPECT_EQ(pieces("[a-]+", "a-b"), (Pieces{"a-", "b"}));
    EXPECT_EQ(pieces("\\d+", "12\u0663\u00BD"), (Pieces{"12\u0663", "\u00BD"}));
    EXPECT_EQ(pieces("\\P{L}+", "a1 b"), (Pieces{"a", "1 ", "b"}));
    EXPECT_EQ(pieces(".+", "ab\r\nc"), (Pieces{"ab\r", "\n", "c"}));
    EXPECT_EQ(pieces("\\t\\.\\\\", "\t.\\"), Pieces{"\t.\\"});
    EXPECT_EQ(pieces("[\\S]+", "ab \xFF\u00A0"), (Pieces{"ab", " ", "\xFF", "\u00A0"}));
}

TEST(SplitRegex, IgnoresCaseByTheFoldingOfUnicode)
{
    EXPECT_EQ(pieces("(?i:sk)", "skSK\u017F\u212A"), (Pieces{"sk", "SK", "\u017F\u212A"}));
    EXPECT_EQ(pieces("(?i:[a-c]1)", "B1d1"), (Pieces{"B1", "d1"}));
    EXPECT_EQ(pieces("(?i:a)a", "AaAA"), (Pieces{"Aa", "AA"}));
    EXPECT_EQ(pieces("(?i:@\\[)", "`{@["), (Pieces{"`{", "@["})); // letters only
}

TEST(SplitRegex, LettersThatOneCharacterIsInAnotherCaseAreRefused)
{
    // Oniguruma finds U+00DF for (?i:ss), U+FB01 for (?i:fi), U+FB06 for (?i:st).
    for (const char* const pattern :
         {"(?i:ss)", "(?i:ST)", "(?i:Fi)", "(?i:ffi)", "(?i:a|fl)", "(?i:s{1}s)"})
        EXPECT_NE(refusal(pattern), "") << pattern;
    for (const char* const pattern : {"ss", "(?i:sf)", "(?i:s)t", "(?i:s|t)", "(?i:s+s)"})
        EXPECT_EQ(refusal(pattern), "") << pattern;
}

TEST(SplitRegex, TakesInvalidBytesForMarks)
{
    const auto gpt2 = parse(tfm::detail::gpt2_split_pattern);
    EXPECT_EQ(pieces(gpt2, "a\xFF\xC3!b"), (Pieces{"a", "\xFF\xC3!", "b"}));
    EXPECT_EQ(pieces(gpt2, " \xE4\xB8"), (Pieces{" \xE4\xB8"}));
    EXPECT_EQ(pieces(gpt2, "a\xED\xA0\x80 b"), (Pieces{"a", "\xED\xA0\x80", " b"}));
    // Stepping back goes by the same characters: of \xE4\xB8 | \x80 | \x80 the last two.
    EXPECT_EQ(pieces("[^a]+[^a]{2}(?!b)", "\xE4\xB8\xFF\xE4\xB8"
                                          "b"),
              (Pieces{"\xE4\xB8\xFF\xE4\xB8"
                      "b"}));
    EXPECT_EQ(pieces("[^ab]+(?!b)", "\xE4\xB8\xFF\xE4\xB8"
                                    "b"),
              (Pieces{"\xE4\xB8\xFF", "\xE4\xB8"
                                      "b"}));
    EXPECT_EQ(pieces("[^ab]+(?!b)", "\xC3\xA9\x80"
                                    "b"),
              (Pieces{"\xC3\xA9", "\x80"
                                  "b"}));
}

TEST(SplitRegex, HostileTextTakesLinearTime)
{
    // Quadratic time would be hours.
    const std::string spaces(4'000'000, ' ');
    for (const std::string_view pattern :
         {tfm::detail::gpt2_split_pattern, tfm::detail::qwen2_split_pattern,
          tfm::detail::llama3_split_pattern}) {
        const auto regex = parse(pattern);
        EXPECT_EQ(pieces(regex, spaces + "a"), (Pieces{spaces.substr(1), " a"}));
        EXPECT_EQ(pieces(regex, std::string(4'000'000, '\'')).size(), 1U);
        EXPECT_EQ(pieces(regex, std::string(4'000'000, 'a')).size(), 1U);
        std::string marks;
        for (int i = 0; i < 1'000'000; ++i) marks += "\u0301";
        EXPECT_EQ(pieces(regex, marks).size(), 1U);
    }
}

TEST(SplitRegex, AMatchThatTakesTooManyStepsIsGivenUp)
{
    const std::string text(300, 'a');
    const std::string message = " with a text of 300 bytes";
    for (const std::string pattern :
         {"a*a*a*a*a*a*a*c", "(?:a*|b)(?:a*|b)(?:a*|b)(?:a*|b)(?:a*|b)c",
          "(?:a|a)?a*[ab]*(?!a)\\s*a*c"}) {
        EXPECT_EQ(
            error_of([&] { (void)pieces(pattern, text); }),
            "file: 'pattern': expected a pattern that takes few steps for each byte, found '" +
                pattern + "', which takes too many" + message);
    }
    // Some steps for each byte are none too many.
    EXPECT_EQ(pieces("a*[ab]c|a", text).size(), 300U);
}

TEST(SplitRegex, OtherConstructsAreRefusedByName)
{
    EXPECT_EQ(refusal("ab\\b"),
              "file: 'pattern': expected a construct that published split patterns use, found "
              "'\\b' at byte 3 of 'ab\\b'");
    for (const char* const pattern : {"^a",          "a$",
                                      "a??",         "a+?",
                                      "a**",         "a{2}+",
                                      "(ab)+",       "(ab)*",
                                      "(?=a)",       "(?<!a)",
                                      "(?<n>a)",     "(?!ab)",
                                      "\\p{Han}",    "\\p{L",
                                      "\\pL",        "\\x41",
                                      "\\1",         "[[:a:]]",
                                      "[a&&b]",      "[^a[^b]]",
                                      "[a",          "[]",
                                      "a{3,2}",      "a{x}",
                                      "a{2",         "(a",
                                      "a)",          "*a",
                                      "[b-a]",       "[a-\\s]",
                                      "(?i:\u00E9)", "(?i:\\p{Lu})",
                                      "a{100000}",   "a{99999999999}",
                                      "\\",          "(?!",
                                      "(?",          "[\\",
                                      "(",           "[^"}) {
        auto const message = refusal(pattern);
        EXPECT_TRUE(message.starts_with("file: 'pattern': expected a construct"))
            << pattern << message;
    }
    EXPECT_EQ(refusal("\xFF"), "file: 'pattern': expected a pattern in UTF-8");
    EXPECT_NE(refusal(std::string(100'000, '(')), "");
    EXPECT_NE(refusal(std::string(100'000, '[')), "");
    EXPECT_NE(refusal(std::string(100'000, 'a')), "");
}

} // namespace
