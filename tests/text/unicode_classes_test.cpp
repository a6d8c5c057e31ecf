/// The generated table, for every code point, against how patterns of Hugging Face's tokenizers
/// treat it (tests/data/tokenizer/unicode_categories.txt).

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/tables/unicode_classes.hpp>

namespace {

using tfm::CharacterCategory;
using tfm::CharacterClass;

TEST(UnicodeClasses, AreThoseOfHuggingFaceForEveryCodePoint)
{
    // In the order of CharacterCategory.
    constexpr std::array<std::string_view, 12> names{"",   "space", "Nd", "N", "Lu", "Ll",
                                                     "Lt", "Lm",    "Lo", "M", "P",  "S"};
    std::vector<CharacterCategory> expected(0x110000, CharacterCategory::other);
    std::ifstream file(std::string(TFM_TEST_DATA) + "/tokenizer/unicode_categories.txt");
    ASSERT_TRUE(file.is_open());
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream fields(line);
        std::size_t first = 0;
        std::size_t last = 0;
        std::string name;
        fields >> std::hex >> first >> last >> name;
        ASSERT_TRUE(!fields.fail() && first <= last && last < expected.size()) << line;
        auto const found = std::find(names.begin() + 1, names.end(), name);
        ASSERT_NE(found, names.end()) << line;
        for (std::size_t c = first; c <= last; ++c)
            expected[c] = static_cast<CharacterCategory>(found - names.begin());
    }
    for (char32_t c = 0; c < 0x110000; ++c)
        ASSERT_EQ(tfm::character_category(c), expected[c]) << "U+" << std::hex << std::uint32_t{c};
}

TEST(UnicodeClasses, CountsAreThoseOfUnicode16)
{
    // Letters: the sum of Lu, Ll, Lt, Lm and Lo; numbers: Nd, Nl and No; as Unicode 16.0 lists
    // them.
    std::size_t letters = 0;
    std::size_t numbers = 0;
    std::size_t spaces = 0;
    for (char32_t c = 0; c < 0x110000; ++c) {
        letters += tfm::character_class(c) == CharacterClass::letter ? 1U : 0U;
        numbers += tfm::character_class(c) == CharacterClass::number ? 1U : 0U;
        spaces += tfm::character_class(c) == CharacterClass::space ? 1U : 0U;
    }
    EXPECT_EQ(letters, 141028U);
    EXPECT_EQ(numbers, 1911U);
    EXPECT_EQ(spaces, 25U);
}

TEST(UnicodeClasses, AreOtherOutsideOfUnicode)
{
    EXPECT_EQ(tfm::character_class(0xD800), CharacterClass::other);
    EXPECT_EQ(tfm::character_class(0x110000), CharacterClass::other);
    EXPECT_EQ(tfm::character_class(0xFFFFFFFF), CharacterClass::other);
}

static_assert(tfm::character_class('a') == CharacterClass::letter);
static_assert(tfm::character_class('9') == CharacterClass::number);
static_assert(tfm::character_class('_') == CharacterClass::other);
static_assert(tfm::character_class(0x3000) == CharacterClass::space);

} // namespace
