/// \file
/// Text up to a stop string, however it is cut into pieces.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/generate/stop_strings.hpp>

namespace {

using tfm::StopStrings;

struct Result {
    std::string text;
    bool is_found;

    friend bool operator==(const Result&, const Result&) = default;
};

/// The definition: the text before the string that ends first, and of those the longest.
Result expected(std::string_view text, const std::vector<std::string>& strings)
{
    for (std::size_t end = 0; end <= text.size(); ++end) {
        std::size_t longest = 0;
        for (const std::string& string : strings)
            if (text.substr(0, end).ends_with(string)) longest = std::max(longest, string.size());
        if (longest > 0) return {std::string(text.substr(0, end - longest)), true};
    }
    return {std::string(text), false};
}

/// The text in two cuts, and with them what is handed out.
Result cut(std::string_view text, const std::vector<std::string>& strings, std::size_t first,
           std::size_t second)
{
    StopStrings stops(strings);
    Result result{stops.push(text.substr(0, first)), false};
    result.text += stops.push(text.substr(first, second - first));
    result.text += stops.push(text.substr(second));
    result.text += stops.finish();
    result.is_found = stops.is_found();
    return result;
}

TEST(StopStrings, EndTheTextWhereverItsPiecesHaveTheirBorders)
{
    std::vector<std::vector<std::string>> const lists{
        {},       {"abc"},          {"aab", "b"},         {"abab", "ba"}, {"cabab"},
        {"aaab"}, {"bcd", "abcde"}, {"zz", "abcx", "cc"}, {"abcabd"},     {"d", "abcd"},
        {"x"},    {"ab", "abc"}};
    for (std::string const text : {"", "abcabcabd", "aaaab", "cababcde", "aabcabdcc", "xyz"}) {
        for (auto const& strings : lists) {
            for (std::size_t first = 0; first <= text.size(); ++first)
                for (std::size_t second = first; second <= text.size(); ++second)
                    EXPECT_EQ(cut(text, strings, first, second), expected(text, strings))
                        << text << " cut at " << first << " and " << second << " for "
                        << (strings.empty() ? "nothing" : strings[0]);
        }
    }
}

TEST(StopStrings, HoldBackNoMoreThanMayBeTheBeginningOfOne)
{
    StopStrings stops({"\n\nUser:", "END"});
    EXPECT_EQ(stops.push("Hello"), "Hello");
    EXPECT_EQ(stops.push(" E"), " ");
    EXPECT_EQ(stops.push("N"), "");
    EXPECT_EQ(stops.push("T\n"), "ENT");
    EXPECT_EQ(stops.push("x\n\n"), "\nx");
    EXPECT_EQ(stops.push("\nUs"), "\n");
    EXPECT_EQ(stops.push("er: hi"), "");
    EXPECT_TRUE(stops.is_found());
    EXPECT_EQ(stops.push("more"), "");
    EXPECT_EQ(stops.finish(), "");
}

TEST(StopStrings, RefuseEmptyOnes) { EXPECT_THROW(StopStrings({"a", ""}), tfm::Error); }

} // namespace
