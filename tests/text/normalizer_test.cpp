/// The normal forms of Unicode against what Hugging Face's tokenizers makes of every code point and
/// of random texts (tests/data/tokenizer/normal_forms.txt and normal_form_vectors.json, from
/// tools/make_normal_form_references.mjs).

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/normalizer.hpp>
#include <tfm/text/utf8.hpp>

namespace {

using tfm::detail::NormalForm;

constexpr std::array all_forms{NormalForm::nfc, NormalForm::nfd, NormalForm::nfkc,
                               NormalForm::nfkd};
const std::string data_folder = std::string(TFM_TEST_DATA) + "/tokenizer/";

std::string normal(NormalForm form, std::string_view text)
{
    std::string result;
    tfm::detail::normalize(form, text, result);
    return result;
}

std::string lower(std::string_view text)
{
    std::string result;
    tfm::detail::lower_case(text, result);
    return result;
}

std::string utf8(char32_t c)
{
    std::string text;
    tfm::detail::append_utf8(text, c);
    return text;
}

/// For each form the code points that it changes, and what to.
struct SingleCharacters {
    std::map<char32_t, std::string> nfd;
    std::map<char32_t, std::string> nfkd; // where it differs from NFD
    std::map<char32_t, std::string> nfc;
    std::vector<std::vector<char32_t>> classes; // marks by class, the lowest first
};

SingleCharacters read_characters()
{
    SingleCharacters read;
    std::ifstream file(data_folder + "normal_forms.txt");
    EXPECT_TRUE(file.is_open());
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream fields(line);
        std::string kind;
        fields >> kind >> std::hex;
        std::vector<char32_t> numbers;
        for (std::uint32_t number = 0; fields >> number;)
            numbers.push_back(static_cast<char32_t>(number));
        EXPECT_GE(numbers.size(), 2U) << line;
        if (kind == "class") {
            read.classes.resize(std::max(read.classes.size(), std::size_t{numbers[2]}));
            for (char32_t c = numbers[0]; c <= numbers[1]; ++c)
                read.classes[numbers[2] - 1].push_back(c);
            continue;
        }
        std::string text;
        for (std::size_t i = 1; i < numbers.size(); ++i) text += utf8(numbers[i]);
        (kind == "nfd" ? read.nfd : kind == "nfkd" ? read.nfkd : read.nfc)[numbers[0]] = text;
    }
    EXPECT_GT(read.nfd.size(), 2000U);
    EXPECT_GT(read.nfkd.size(), 3000U);
    EXPECT_GT(read.nfc.size(), 1000U);
    EXPECT_GT(read.classes.size(), 50U);
    return read;
}

const std::string& value_or(const std::map<char32_t, std::string>& map, char32_t c,
                            const std::string& otherwise)
{
    auto const found = map.find(c);
    return found == map.end() ? otherwise : found->second;
}

TEST(Normalizer, TakesEveryCharacterAsHuggingFaceDoes)
{
    auto const expected = read_characters();
    for (char32_t c = 0; c < 0x110000; ++c) {
        if ((c >= 0xD800 && c <= 0xDFFF) || (c >= 0xAC00 && c <= 0xD7A3)) continue;
        const std::string text = utf8(c);
        const std::string& nfd = value_or(expected.nfd, c, text);
        ASSERT_EQ(normal(NormalForm::nfd, text), nfd) << std::uint32_t{c};
        ASSERT_EQ(normal(NormalForm::nfkd, text), value_or(expected.nfkd, c, nfd))
            << std::uint32_t{c};
        ASSERT_EQ(normal(NormalForm::nfc, text), value_or(expected.nfc, c, text))
            << std::uint32_t{c};
        if (!expected.nfkd.contains(c)) {
            ASSERT_EQ(normal(NormalForm::nfkc, text), value_or(expected.nfc, c, text))
                << std::uint32_t{c};
        }
    }
}

TEST(Normalizer, OrdersEveryPairOfClassesOfMarks)
{
    auto const classes = read_characters().classes;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        for (const char32_t mark : classes[i]) {
            for (std::size_t j = 0; j < classes.size(); ++j) {
                const std::string a = utf8(mark);
                const std::string b = utf8(classes[j].front());
                ASSERT_EQ(normal(NormalForm::nfd, "x" + a + b), j < i ? "x" + b + a : "x" + a + b);
            }
        }
    }
}

TEST(Normalizer, TakesRandomTextsAsHuggingFaceDoes)
{
    std::ifstream stream(data_folder + "normal_form_vectors.json");
    auto const vectors = nlohmann::json::parse(stream, nullptr, false);
    ASSERT_TRUE(vectors.is_array());
    ASSERT_GE(vectors.size(), 200U);
    for (const auto& vector : vectors) {
        auto const text = vector[0].get<std::string>();
        for (std::size_t form = 0; form < 4; ++form) {
            auto const expected = vector[form + 1].get<std::string>();
            EXPECT_EQ(normal(all_forms[form], text), expected) << vector << form;
            EXPECT_EQ(normal(all_forms[form], expected), expected) << vector << form;
            // A quick check may doubt what is normal, but not the other way round.
            if (text != expected) {
                EXPECT_FALSE(is_normal(all_forms[form], text)) << vector << form;
            }
        }
        EXPECT_EQ(lower(text), vector[5].get<std::string>()) << vector;
    }
}

TEST(Normalizer, ComposesAndDecomposesHangulByItsDefinition)
{
    std::size_t index = 0;
    for (char32_t c = 0xAC00; c <= 0xD7A3; ++c, ++index) {
        // Unicode 15, section 3.12.
        std::string parts = utf8(static_cast<char32_t>(0x1100 + index / 588)) +
                            utf8(static_cast<char32_t>(0x1161 + index / 28 % 21));
        if (index % 28 != 0) parts += utf8(static_cast<char32_t>(0x11A7 + index % 28));
        ASSERT_EQ(normal(NormalForm::nfd, utf8(c)), parts);
        ASSERT_EQ(normal(NormalForm::nfc, parts), utf8(c));
        ASSERT_TRUE(is_normal(NormalForm::nfc, utf8(c)));
    }
}

TEST(Normalizer, IsSureOfPlainText)
{
    for (const NormalForm form : all_forms) {
        EXPECT_TRUE(is_normal(form, ""));
        EXPECT_TRUE(is_normal(form, "plain text, longer than a word of the machine\n"));
        EXPECT_TRUE(is_normal(form, "\u4E2D\u6587 \u0416\u0434\u0438"));
        EXPECT_FALSE(is_normal(form, "plain text, then a\u0301"
                                     "\u0316"));
    }
    EXPECT_TRUE(is_normal(NormalForm::nfc, "d\u00E9j\u00E0 vu"));
    EXPECT_FALSE(is_normal(NormalForm::nfd, "d\u00E9j\u00E0 vu"));
    EXPECT_FALSE(is_normal(NormalForm::nfkc, "\uFB01"));
    EXPECT_TRUE(is_normal(NormalForm::nfc, "\uFB01"));
}

TEST(Normalizer, LeavesWrongBytesAsTheyAre)
{
    for (const NormalForm form : all_forms) {
        EXPECT_EQ(normal(form, "\xFF"), "\xFF");
        EXPECT_EQ(normal(form, "e\xCC"), "e\xCC");
        EXPECT_EQ(normal(form, "e\xED\xA0\x80z"), "e\xED\xA0\x80z");
    }
    // A mark is not composed with what stands before wrong bytes, nor ordered across them.
    EXPECT_EQ(normal(NormalForm::nfc, "e\xFF\u0301"), "e\xFF\u0301");
    EXPECT_EQ(normal(NormalForm::nfd, "x\u0301\xFF\u0316"), "x\u0301\xFF\u0316");
    EXPECT_EQ(normal(NormalForm::nfc, "e\u0301\xFF"
                                      "e\u0301"),
              "\u00E9\xFF\u00E9");
    EXPECT_EQ(lower("A\xFF\xC3"
                    "B"),
              "a\xFF\xC3"
              "b");
}

TEST(Normalizer, SaysWhereEachByteComesFrom)
{
    std::string out = "before";
    std::vector<std::uint32_t> origins;
    tfm::detail::normalize(NormalForm::nfc, "abe\u0301c\u4E2D", out, &origins);
    EXPECT_EQ(out, "beforeab\u00E9c\u4E2D");
    EXPECT_EQ(origins, (std::vector<std::uint32_t>{0, 1, 2, 2, 5, 6, 7, 8}));

    // Two texts one after another.
    tfm::detail::normalize(NormalForm::nfd, "\u00E9x", out, &origins);
    EXPECT_EQ(out, "beforeab\u00E9c\u4E2De\u0301x");
    EXPECT_EQ(origins, (std::vector<std::uint32_t>{0, 1, 2, 2, 5, 6, 7, 8, 0, 0, 0, 2}));

    std::string small;
    origins.clear();
    tfm::detail::lower_case("A\u0130\xFF"
                            "B",
                            small, &origins);
    EXPECT_EQ(small, "ai\u0307\xFF"
                     "b");
    EXPECT_EQ(origins, (std::vector<std::uint32_t>{0, 1, 1, 1, 3, 4}));
}

TEST(Normalizer, ManyMarksAreOrderedAndComposed)
{
    // A hundred thousand marks above, each followed by one below, on one letter.
    std::string text = "e";
    std::string above;
    std::string below;
    for (int i = 0; i < 100'000; ++i) {
        text += "\u0301\u0323";
        above += "\u0301";
        below += "\u0323";
    }
    EXPECT_EQ(normal(NormalForm::nfd, text), "e" + below + above);
    EXPECT_EQ(normal(NormalForm::nfc, text), "\u1EB9" + below.substr(2) + above);
}

TEST(LowerCase, TakesEachCharacterByItself)
{
    EXPECT_EQ(lower("ABC xyz 123 \u00C9\u0416"), "abc xyz 123 \u00E9\u0436");
    EXPECT_EQ(lower("\u039F\u03A3"), "\u03BF\u03C3"); // a final sigma is like any other
    EXPECT_EQ(lower("\u0130\u1E9E"), "i\u0307\u00DF");
}

} // namespace
