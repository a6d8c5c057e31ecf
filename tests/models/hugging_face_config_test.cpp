#include <cmath>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <tfm/models/hugging_face_config.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using tfm::HuggingFaceConfig;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

HuggingFaceConfig const values("config.json", R"({
    "text": "gelu", "count": 12, "below": -3, "large": 18446744073709551615, "smallest":
    -9223372036854775808, "rate": 1e-05, "whole": 2.0, "yes": true, "no": false, "none": null,
    "list": [1], "object": {"a": 1}})");

TEST(HuggingFaceConfig, GivesTypedValues)
{
    EXPECT_EQ(values.string("text"), "gelu");
    EXPECT_EQ(values.integer("count", 0, 100), 12);
    EXPECT_EQ(values.integer("count", 12, 12), 12);
    EXPECT_EQ(values.integer("below", -3, 0), -3);
    EXPECT_EQ(values.integer("smallest", INT64_MIN, 0), INT64_MIN);
    EXPECT_EQ(values.number("rate"), 1e-5);
    EXPECT_EQ(values.number("count"), 12.0);
    EXPECT_EQ(values.boolean("yes"), true);
    EXPECT_EQ(values.boolean("no"), false);
}

TEST(HuggingFaceConfig, MissingAndNullAreNotGiven)
{
    for (std::string_view const field : {"none", "missing"}) {
        EXPECT_FALSE(values.find(field));
        EXPECT_FALSE(values.string(field));
        EXPECT_FALSE(values.integer(field, 0, 1));
        EXPECT_FALSE(values.number(field));
        EXPECT_FALSE(values.boolean(field));
    }
    EXPECT_TRUE(values.has("none"));
    EXPECT_FALSE(values.has("missing"));
}

TEST(HuggingFaceConfig, RefusesOtherTypesAndRanges)
{
    auto const integer = [](const char* field, std::int64_t min, std::int64_t max) {
        return error_of([&] { values.integer(field, min, max); });
    };
    EXPECT_EQ(integer("count", 1, 11),
              "config.json: field 'count': expected a whole number from 1 to 11, found 12");
    EXPECT_EQ(integer("count", 13, 20),
              "config.json: field 'count': expected a whole number from 13 to 20, found 12");
    EXPECT_EQ(integer("count", -5, -1),
              "config.json: field 'count': expected a whole number from -5 to -1, found 12");
    EXPECT_EQ(integer("below", 0, 5),
              "config.json: field 'below': expected a whole number from 0 to 5, found -3");
    EXPECT_EQ(integer("large", 0, INT64_MAX),
              "config.json: field 'large': expected a whole number from 0 to 9223372036854775807, "
              "found 18446744073709551615");
    EXPECT_EQ(integer("whole", 0, 5),
              "config.json: field 'whole': expected a whole number from 0 to 5, found 2.0");
    EXPECT_EQ(integer("text", 0, 5),
              "config.json: field 'text': expected a whole number from 0 to 5, found 'gelu'");
    EXPECT_EQ(error_of([] { values.string("count"); }),
              "config.json: field 'count': expected a string, found 12");
    EXPECT_EQ(error_of([] { values.string("list"); }),
              "config.json: field 'list': expected a string, found a list of 1");
    EXPECT_EQ(error_of([] { values.number("yes"); }),
              "config.json: field 'yes': expected a number, found true");
    EXPECT_EQ(error_of([] { values.boolean("object"); }),
              "config.json: field 'object': expected true or false, found an object");
    EXPECT_EQ(error_of([] { values.boolean("count"); }),
              "config.json: field 'count': expected true or false, found 12");
}

TEST(HuggingFaceConfig, OpensTheFileOfAFolder)
{
    ScratchFolder const folder;
    auto const path = (folder / "config.json").string();
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }), path + ": no such file");
    folder.write("config.json", "[]");
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": expected a JSON object, found a list of 0");
    folder.write("config.json", "{\n \"a\": 1,\n \"b\" 2\n}");
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": expected JSON in UTF-8, found other text at line 3, column 6");
    folder.write("config.json", R"({"error": "Access to model is restricted"})");
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": field 'error': expected a model's configuration; download the file again, "
                     "with access to it, found 'Access to model is restricted'");
    folder.write("config.json", "<html>");
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": expected JSON, found an HTML page; download the file itself");
    folder.write("config.json", "model");
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": expected JSON in UTF-8, found other text at line 1, column 1");
    folder.write("config.json", std::string(HuggingFaceConfig::max_size + 1, ' '));
    EXPECT_EQ(error_of([&] { HuggingFaceConfig::open(folder.path()); }),
              path + ": expected at most 16000000 bytes, found 16000001");
    folder.write("config.json", "\xEF\xBB\xBF{\"a\": 3, \"b\": -Infinity}");
    EXPECT_EQ(HuggingFaceConfig::open(folder.path()).number("b"), -HUGE_VAL);
    EXPECT_EQ(HuggingFaceConfig::open(folder.path()).integer("a", 0, 9), 3);
}

} // namespace
