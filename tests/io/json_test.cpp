#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
    auto const document =
        parse_json(R"({"a": [1, -2, 2.5, "x", null, true], "b": {"a": 0}})", "f.json");
    auto const json = document.root();
    auto const list = json.find("a");
    ASSERT_TRUE(list && list->is_list());
    ASSERT_EQ(list->items().size(), 6U);
    EXPECT_EQ(list->at(0).natural(), 1U);
    EXPECT_EQ(list->at(0).integer(), 1);
    EXPECT_EQ(list->at(1).integer(), -2);
    EXPECT_EQ(list->at(1).natural(), std::nullopt);
    EXPECT_EQ(list->at(2).number(), 2.5);
    EXPECT_EQ(list->at(2).integer(), std::nullopt);
    EXPECT_EQ(list->at(3).string(), "x");
    EXPECT_TRUE(list->at(4).is_null());
    EXPECT_EQ(list->at(5).boolean(), true);
    EXPECT_EQ(json.find("b")->find("a")->natural(), 0U);
}

TEST(Json, ListsItemsInTheOrderOfTheFile)
{
    auto const document = parse_json(R"({"b": [[1, [2]], {}], "a": {"x": {"y": 1}}, "c": 3})", "f");
    std::string keys;
    for (auto const& [key, value] : document.root().items())
        keys += std::string(key) + std::to_string(value.items().size());
    EXPECT_EQ(keys, "b2a1c0");
    auto moved = std::make_unique<tfm::JsonDocument>(parse_json("[\"s\"]", "f"));
    auto const value = moved->root().at(0);
    tfm::JsonDocument const other = std::move(*moved);
    moved.reset();
    EXPECT_EQ(value.string(), "s");
}

TEST(Json, FindsFieldsThatAreThereAndNotNull)
{
    auto const document = parse_json(R"({"a": 1, "none": null})", "f.json");
    auto const json = document.root();
    ASSERT_TRUE(json.find("a"));
    EXPECT_EQ(json.find("a")->natural(), 1U);
    EXPECT_FALSE(json.find("none"));
    EXPECT_TRUE(json.has("none"));
    EXPECT_FALSE(json.find("missing"));
    EXPECT_FALSE(json.has("missing"));
    EXPECT_FALSE(json.find("a")->find("a"));
}

TEST(Json, KeepsNumbersExactly)
{
    auto const is = [](std::string text, auto read, auto expected) {
        auto const document = parse_json(text, "f");
        EXPECT_EQ((document.root().*read)(), expected) << text;
    };
    is("18446744073709551615", &tfm::Json::natural, std::uint64_t{18446744073709551615U});
    is("9223372036854775807", &tfm::Json::integer, INT64_MAX);
    is("9223372036854775808", &tfm::Json::integer, std::nullopt);
    is("-9223372036854775808", &tfm::Json::integer, INT64_MIN);
    is("-0", &tfm::Json::integer, 0);
    is("18446744073709551616", &tfm::Json::number, 18446744073709551616.0);
    is("-9223372036854775809", &tfm::Json::number, -9223372036854775808.0);
    is("1e-400", &tfm::Json::number, 0.0);
    is("0." + std::string(400, '0') + "1", &tfm::Json::number, 0.0);
    is("5e-324", &tfm::Json::number, 5e-324);
    is("2.2250738585072011e-308", &tfm::Json::number, 2.2250738585072011e-308);
    is("1.7976931348623157e308", &tfm::Json::number, 1.7976931348623157e308);
    is("1e-" + std::string(30, '9'), &tfm::Json::number, 0.0);

    std::mt19937_64 random(1);
    for (int i = 0; i < 20000; ++i) {
        auto const value = std::bit_cast<double>(random());
        if (!std::isfinite(value)) continue;
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), i % 2 == 0 ? "%.17g" : "%.30e", value);
        auto const document = parse_json(text.data(), "f");
        if (document.root().kind() != tfm::JsonKind::fraction) continue;
        EXPECT_EQ(document.root().number(), std::strtod(text.data(), nullptr)) << text.data();
    }
}

TEST(Json, RefusesOtherTextAndSaysWhere)
{
    auto const found = [](const std::string& what, std::size_t line, std::size_t column) {
        return "f.json: expected JSON in UTF-8, found " + what + " at line " +
               std::to_string(line) + ", column " + std::to_string(column);
    };
    auto const at = [&](std::size_t column) { return found("other text", 1, column); };
    EXPECT_EQ(error_in(""), found("the end of the text", 1, 1));
    EXPECT_EQ(error_in("{"), found("the end of the text", 1, 2));
    EXPECT_EQ(error_in("{\n  \"a\": 1,\n  \"\u00e9\": x\n}"), found("other text", 3, 8));
    EXPECT_EQ(error_in("{\n  \"a\": 1,\n"), found("the end of the text", 3, 1));
    EXPECT_EQ(error_in("{\"a\":}"), at(6));
    EXPECT_EQ(error_in("[1,]"), at(4));
    for (const char* const text :
         {"[nan]", "[Inf]", "[-Inf]", "[-NaN]", "[+Infinity]", "[Infinit]"})
        EXPECT_NE(error_in(text), "") << text;
    EXPECT_EQ(error_in("{} {}"), at(4));
    EXPECT_EQ(error_in("\"\xFF\""), at(2));
    EXPECT_EQ(error_in("//\n1"), at(1));
    EXPECT_EQ(error_in("'a'"), at(1));
    EXPECT_EQ(error_in("[1e999]"), at(2));
    EXPECT_EQ(error_in("[1.8e308]"), at(2));
    EXPECT_EQ(error_in("\"\\ud800\""), at(2));
    EXPECT_EQ(error_in("\"\\udc00\""), at(9));
    EXPECT_EQ(error_in("{\"\\udc00\": 1}"), at(10));
    EXPECT_EQ(error_in(std::string_view("{}\0{", 4)), found("a zero byte", 1, 3));
    EXPECT_EQ(error_in(std::string_view("{}\0garbage", 10)), found("a zero byte", 1, 3));
}

TEST(Json, ReadsWhatPythonWritesBesides)
{
    auto const document =
        parse_json("\xEF\xBB\xBF[NaN, Infinity, -Infinity, {\"a\":Infinity}]", "f");
    auto const list = document.root();
    EXPECT_EQ(list.items().size(), 4U);
    EXPECT_TRUE(std::isnan(list.at(0).number().value()));
    EXPECT_EQ(list.at(1).number(), HUGE_VAL);
    EXPECT_EQ(list.at(2).number(), -HUGE_VAL);
    EXPECT_EQ(list.at(1).integer(), std::nullopt);
    EXPECT_EQ(tfm::describe(list.at(0)), "NaN");
    EXPECT_EQ(tfm::describe(list.at(2)), "-Infinity");
    EXPECT_NE(error_in("[\xEF\xBB\xBF]"), "");
}

TEST(Json, RefusesNumbersBeyondDoubleHoweverTheyAreWritten)
{
    std::string const digits(400, '9');
    using Texts = std::vector<std::string>;
    for (std::string const& text : Texts{digits, "-" + digits, digits + ".5", "1e400", "-1E+400",
                                         "1e" + digits, "0." + std::string(100, '0') + "1e500"})
        EXPECT_NE(error_in(text), "") << text;
    for (std::string const& text :
         Texts{"1e-400", "-1E-400", "0." + digits + "e-400", "1e-" + digits,
               "0." + std::string(500, '0') + "1", "0." + std::string(500, '0') + "1e100"}) {
        auto const document = parse_json(text, "f");
        EXPECT_EQ(document.root().number(), 0.0) << text;
    }
}

TEST(Json, SaysWhatLiesInItsPlace)
{
    EXPECT_EQ(error_in("<!doctype html>"),
              "f.json: expected JSON, found an HTML page; download the file itself");
    EXPECT_EQ(error_in("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
              "f.json: expected JSON, found a Git LFS pointer to the file; fetch the file itself "
              "with 'git lfs pull'");
}

/// What nlohmann's parser, an independent one, says of the same text.
bool nlohmann_accepts(const std::string& text)
{
    return text.find('\0') == std::string::npos && nlohmann::json::accept(text);
}

TEST(Json, AgreesWithAnotherParserOnDamagedText)
{
    std::string const sound =
        R"({"a": [1, -2.5e+3, "\u00e9\ud83d\ude00 é", null], "b": {"c": 0.5}})";
    std::mt19937 random(7);
    std::string const bytes = "{}[],:\"\\0123456789.eE+-tfnu \n\xC3\xA9\xED\xA0\x80\xF0\x9F";
    for (int i = 0; i < 50000; ++i) {
        std::string text = sound;
        for (unsigned change = 0; change <= random() % 3; ++change) {
            auto const place = random() % text.size();
            if (random() % 4 == 0)
                text.erase(place, 1);
            else
                text[place] = bytes[random() % bytes.size()];
        }
        std::string const message = error_in(text);
        bool const is_limit = message.find("given twice") != std::string::npos;
        EXPECT_EQ(message.empty() || is_limit, nlohmann_accepts(text)) << text << ": " << message;
    }
}

TEST(Json, AgreesWithAnotherParserOnAllShortStrings)
{
    // Every pair of bytes, alone and as the start of a longer character.
    for (unsigned pair = 0x100; pair < 0x10000; ++pair) {
        for (std::string_view const tail : {"", "\x80", "\x80\x80"}) {
            std::string const text = {'"', static_cast<char>(pair >> 8U), static_cast<char>(pair)};
            std::string const whole = text + std::string(tail) + '"';
            ASSERT_EQ(error_in(whole).empty(), nlohmann_accepts(whole)) << std::hex << pair;
        }
    }
}

TEST(Json, BoundsTheNumberOfValues)
{
    std::string many = "[";
    for (int i = 0; i < 8'000'000; ++i) many += "0,";
    EXPECT_EQ(error_in(many + "0]"), "f.json: holds more than 8000000 values");
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
        return tfm::describe(parse_json(text, "f.json").root());
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
