#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <tfm/io/safetensors.hpp>

#include "safetensors_text.hpp"
#include "scratch_folder.hpp"

namespace {

using tfm::SafeTensors;
using tfm_test::safetensors_text;

constexpr std::size_t mutations = 1000; // of each sample, in each of two ways

/// Changes `text` at one to four places: a bit, a byte, a cut, a repetition, or a word of the
/// format.
void mutate(std::string& text, std::mt19937& random)
{
    static constexpr std::string_view words[] = {"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "\"",
                                                 "\\",
                                                 "-",
                                                 "0",
                                                 "18446744073709551615",
                                                 "4294967296",
                                                 "1e9",
                                                 "null",
                                                 "true",
                                                 "\"F32\"",
                                                 "\"BOOL\"",
                                                 "\"shape\"",
                                                 "\"data_offsets\"",
                                                 "\"__metadata__\"",
                                                 "\\ud800",
                                                 "\xF0\x9F",
                                                 std::string_view("\0", 1)};
    auto const below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    for (std::size_t left = below(4) + 1; left > 0 && !text.empty(); --left) {
        std::size_t const place = below(text.size());
        std::size_t const length = below(12) + 1;
        auto& byte = text[place];
        switch (below(5)) {
        case 0:
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
            break;
        case 1:
            byte = static_cast<char>(below(256));
            break;
        case 2:
            text.erase(place, length);
            break;
        case 3:
            text.insert(place, text.substr(below(text.size()), length));
            break;
        default:
            text.insert(place, words[below(std::size(words))]);
        }
    }
}

/// Opens `content` as a file. It must fail with a message in one line or give tensors whose every
/// byte can be read.
void open_and_read(const tfm_test::ScratchFolder& folder, const std::string& content,
                   std::size_t& opened)
{
    auto const path = folder.write("mutated.safetensors", content.empty() ? "x" : content);
    try {
        auto const file = SafeTensors::open(path);
        ++opened;
        std::size_t total = 0;
        unsigned sum = 0;
        for (const auto& tensor : file.tensors()) {
            ASSERT_EQ(file.find(tensor.name), &tensor);
            std::size_t expected = size_of(tensor.dtype);
            for (std::size_t const extent : tensor.shape) expected *= extent;
            if (tensor.dtype != tfm::FileDType::unknown) {
                ASSERT_EQ(tensor.bytes.size(), expected);
            }
            for (std::byte const byte : tensor.bytes) sum += std::to_integer<unsigned>(byte);
            total += tensor.bytes.size();
        }
        ASSERT_LE(total + 8, content.size()) << sum;
    } catch (const tfm::Error& error) {
        std::string const message = error.what();
        ASSERT_TRUE(message.starts_with(path.string() + ": ")) << message;
        ASSERT_EQ(message.find('\n'), std::string::npos) << message;
    }
}

class MutatedSafeTensors : public testing::TestWithParam<const char*> {
protected:
    std::string const sample_ =
        tfm_test::file_text(std::string(TFM_TEST_DATA) + "/io/" + GetParam() + ".safetensors");
    tfm_test::ScratchFolder const folder_;
    std::mt19937 random_{20240229};
};

TEST_P(MutatedSafeTensors, FilesAreReadOrRefused)
{
    std::size_t opened = 0;
    for (std::size_t i = 0; i < mutations; ++i) {
        std::string content = sample_;
        mutate(content, random_);
        open_and_read(folder_, content, opened);
        if (HasFatalFailure()) FAIL() << "mutation " << i;
    }
    EXPECT_GT(opened, 0U) << "some mutations only touch data or names";
    EXPECT_LT(opened, mutations);
}

// A true header length lets the damage reach the parser.
TEST_P(MutatedSafeTensors, HeadersAreReadOrRefused)
{
    std::uint64_t size = 0;
    for (std::size_t i = 8; i-- > 0;) size = size << 8U | static_cast<unsigned char>(sample_[i]);
    auto const header = sample_.substr(8, size);
    auto const data = sample_.substr(8 + size);
    std::size_t opened = 0;
    for (std::size_t i = 0; i < mutations; ++i) {
        std::string changed = header;
        mutate(changed, random_);
        open_and_read(folder_, safetensors_text(changed, data), opened);
        if (HasFatalFailure()) FAIL() << "mutation " << i;
    }
    EXPECT_GT(opened, 0U);
    EXPECT_LT(opened, mutations);
}

INSTANTIATE_TEST_SUITE_P(Samples, MutatedSafeTensors, testing::Values("every_dtype", "aligned"),
                         [](const auto& sample) { return std::string(sample.param); });

} // namespace
