#include <string>

#include <gtest/gtest.h>

#include <tfm/io/json.hpp>

#include "scratch_folder.hpp"

namespace {

using tfm::parse_json;
using tfm_test::error_of;

std::string error_in(std::string_view text)
{
    return error_of([&] { parse_json(text, "f.json"); });
}

TEST(Json, ParsesValues)
{
    auto const json =
        parse_json(R"({"a": [1, -2, 2.5, "x", null, true], "b": {"a": 0}})", "f.json");
    EXPECT_EQ(json["a"].size(), 6U);
    EXPECT_EQ(json["b"]["a"], 0);
}

TEST(Json, FindsFieldsThatAreThereAndNotNull)
{
    auto const json = parse_json(R"({"a": 1, "none": null})", "f.json");
    ASSERT_NE(tfm::find_field(json, "a"), nullptr);
    EXPECT_EQ(*tfm::find_field(json, "a"), 1);
    EXPECT_EQ(tfm::find_field(json, "none"), nullptr);
    EXPECT_EQ(tfm::find_field(json, "missing"), nullptr);
    EXPECT_EQ(tfm::find_field(json["a"], "a"), nullptr);
}

TEST(Json, RefusesOtherText)
{
    std::string const message = "f.json: expected JSON in UTF-8, found other text";
    for (std::string_view const text : {"", "{", "{\"a\":}", "[1,]", "NaN", "{} {}", "\"\xFF\"",
                                        "//\n1", "'a'", "1e999", "\"\\ud800\""})
        EXPECT_EQ(error_in(text), message) << text;
    EXPECT_EQ(error_in(std::string_view("{}\0{", 4)),
              "f.json: expected JSON in UTF-8, found a zero byte");
}

TEST(Json, RefusesKeysGivenTwice)
{
    EXPECT_EQ(error_in(R"({"a": 1, "b": {"a": 2}, "a": 1})"), "f.json: field 'a' is given twice");
    EXPECT_EQ(error_in(R"([{"x": {"y": 1, "y": 2}}])"), "f.json: field 'y' is given twice");
    EXPECT_EQ(error_in(R"([{"a": 1}, {"a": 1}])"), "");
    EXPECT_EQ(error_in(R"({"a": {"a": {"a": 1}}, "b": {"a": 1}})"), "");
}

TEST(Json, BoundsTheDepth)
{
    auto const nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(error_in(nested(64)), "");
    EXPECT_EQ(error_in(nested(65)), "f.json: nested more than 64 levels deep");
    EXPECT_EQ(error_in(nested(1'000'000)), "f.json: nested more than 64 levels deep");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    EXPECT_EQ(error_in(objects), "f.json: nested more than 64 levels deep");
}

TEST(Json, DescribesValuesBriefly)
{
    auto const describe = [](std::string_view text) {
        return tfm::describe(parse_json(text, "f.json"));
    };
    EXPECT_EQ(describe("1"), "1");
    EXPECT_EQ(describe("-2.5"), "-2.5");
    EXPECT_EQ(describe("true"), "true");
    EXPECT_EQ(describe("null"), "null");
    EXPECT_EQ(describe("\"a\\nb\""), "'a\\x0ab'");
    EXPECT_EQ(describe("[1, 2]"), "a list of 2");
    EXPECT_EQ(describe("{}"), "an object");
    EXPECT_EQ(describe("\"" + std::string(200, 'x') + "\""), "'" + std::string(96, 'x') + "...'");
    // The cut never splits a character: 95 bytes and then one of two bytes.
    EXPECT_EQ(describe("\"" + std::string(95, 'x') + "\u00e9\u00e9\""),
              "'" + std::string(95, 'x') + "...'");
}

} // namespace
