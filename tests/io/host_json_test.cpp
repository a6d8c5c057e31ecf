#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "host_json.hpp"

namespace {

TEST(JsonOfHosts, IsReadAlikeWhateverRapidJsonsSwitches)
{
    std::string const long_text(300, 'x');
    std::pair<std::string, std::string> const values[] = {
        {R"(  [1, -2, 2.5, "x", null, true])", "1;-2;2.5;x;null;true;"},
        {"[\n\n\t                    \"\\u00e9\\n\"]", "\u00e9\n;"},
        {R"({"a": 18446744073709551615})", "a18446744073709551615;"},
        {"[\"" + long_text + "\"]", long_text + ";"},
    };
    for (auto const& [text, expected] : values) {
        EXPECT_EQ(tfm_test::joined_values(text), expected);
        EXPECT_EQ(tfm_test::as_host_reads(text), expected);
    }
}

TEST(JsonOfHosts, IsRefusedAlike)
{
    for (std::string_view const text :
         {"", "[1, 2", "[1,]", "/* 1 */ [1]", "[\"\\ude00\"]", "[1e999]", "[tru]", "[1] 2"}) {
        std::string const error = tfm_test::joined_values(text);
        EXPECT_NE(error.find("host.json: expected JSON"), std::string::npos) << error;
        EXPECT_EQ(tfm_test::as_host_reads(text), error);
    }
}

} // namespace
