/// The generated tables, for every code point, against what Hugging Face's tokenizers makes of it
/// alone (tests/data/tokenizer/bert_characters.txt).

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/bert_words.hpp>

namespace {

using Characters = std::vector<char32_t>;

/// The numbers behind each kind of line.
std::map<std::string, std::vector<Characters>> read_lines()
{
    std::map<std::string, std::vector<Characters>> lines;
    std::ifstream file(std::string(TFM_TEST_DATA) + "/tokenizer/bert_characters.txt");
    EXPECT_TRUE(file.is_open());
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream fields(line);
        std::string kind;
        fields >> kind >> std::hex;
        Characters numbers;
        for (std::uint32_t number = 0; fields >> number;)
            numbers.push_back(static_cast<char32_t>(number));
        EXPECT_GE(numbers.size(), 2U) << line;
        lines[kind].push_back(numbers);
    }
    return lines;
}

template <std::size_t N>
void expect_set(const std::array<char32_t, N>& found, const std::vector<Characters>& ranges)
{
    std::set<char32_t> expected;
    for (const auto& range : ranges)
        for (char32_t c = range[0]; c <= range[1]; ++c) expected.insert(c);
    ASSERT_FALSE(expected.empty());
    for (char32_t c = 0; c < 0x110000; ++c)
        ASSERT_EQ(tfm::detail::contains(found, c), expected.contains(c))
            << "U+" << std::hex << std::uint32_t{c};
}

/// `visit(c, append)` must append what the lines say of `c`, or `c` where they say nothing.
template <class Visit>
void expect_mapping(const std::vector<Characters>& lines, Visit&& visit)
{
    std::map<char32_t, Characters> expected;
    for (const auto& line : lines) expected[line[0]] = {line.begin() + 1, line.end()};
    ASSERT_FALSE(expected.empty());
    for (char32_t c = 0; c < 0x110000; ++c) {
        Characters mapped;
        visit(c, [&](char32_t to) { mapped.push_back(to); });
        auto const entry = expected.find(c);
        ASSERT_EQ(mapped, entry == expected.end() ? Characters{c} : entry->second)
            << "U+" << std::hex << std::uint32_t{c};
    }
}

TEST(BertCharacters, AreThoseOfHuggingFaceForEveryCodePoint)
{
    auto lines = read_lines();
    expect_set(tfm::detail::bert_dropped, lines["dropped"]);
    expect_set(tfm::detail::bert_marks, lines["mark"]);
    expect_set(tfm::detail::bert_punctuation, lines["punctuation"]);
    expect_mapping(lines["lower"],
                   [](char32_t c, auto&& append) { tfm::detail::visit_lower_case(c, append); });
    // Marks by themselves, which are dropped, and Hangul syllables are in no line.
    expect_mapping(lines["decomposed"], [](char32_t c, auto&& append) {
        if (tfm::detail::contains(tfm::detail::bert_marks, c) || tfm::detail::is_syllable(c))
            return append(c);
        tfm::detail::visit_decomposition(c, false, [&](char32_t part) {
            if (!tfm::detail::contains(tfm::detail::bert_marks, part)) append(part);
        });
    });
}

} // namespace
