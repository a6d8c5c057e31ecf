/// Encoding and decoding. Ids of single texts are Hugging Face's (gpt2_vectors.json and
/// shuffled_vectors.json, from tools/make_tokenizer_references.py).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/tokenizer.hpp>

#include "small_vocabulary.hpp"

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;
using tfm::SpecialTokenText;
using tfm::Tokenizer;

const fs::path data_folder = fs::path(TFM_TEST_DATA) / "tokenizer";
const fs::path gpt2_folder = fs::path(TFM_SHARED_DIR) / "data" / "gpt2-tokenizer";

void compare_with(const Tokenizer& encoder, const fs::path& vectors)
{
    std::ifstream stream(vectors);
    const auto document = nlohmann::json::parse(stream, nullptr, false);
    ASSERT_TRUE(document.is_array()) << vectors;
    ASSERT_GE(document.size(), 30U);
    for (const auto& vector : document) {
        const auto text = vector["text"].get<std::string>();
        const Ids ids = vector["ids"].get<Ids>();
        const Ids as_text = vector.contains("ids_as_text") ? vector["ids_as_text"].get<Ids>() : ids;
        EXPECT_EQ(encoder.encode(text), ids) << vector["text"];
        EXPECT_EQ(encoder.encode(text, {SpecialTokenText::as_text}), as_text) << vector["text"];
        EXPECT_EQ(encoder.decode(ids), text) << vector["text"];
        EXPECT_EQ(encoder.decode(as_text), text) << vector["text"];
    }
}

/// 20,000 texts of random bytes must survive, and so must one of 200,000.
void round_trip_random_bytes(const Tokenizer& encoder)
{
    std::mt19937 random(11);
    for (int i = 0; i <= 20'000; ++i) {
        std::string text(i == 20'000 ? 200'000 : random() % 40, '\0');
        for (char& c : text) c = static_cast<char>(random());
        ASSERT_EQ(encoder.decode(encoder.encode(text)), text);
    }
}

TEST(Tokenizer, GivesHuggingFacesIdsWithAnUntrainedVocabulary)
{
    compare_with(Tokenizer::load(data_folder / "shuffled"), data_folder / "shuffled_vectors.json");
}

TEST(Tokenizer, GivesHuggingFacesIdsWithGpt2sVocabulary)
{
    if (!fs::exists(gpt2_folder)) GTEST_SKIP() << "no tokenizer in " << gpt2_folder;
    const auto encoder = Tokenizer::load(gpt2_folder);
    compare_with(encoder, data_folder / "gpt2_vectors.json");
    EXPECT_EQ(encoder.vocab_size(), 50257U);
    EXPECT_EQ(encoder.end_of_text(), 50256);
    EXPECT_EQ(encoder.token_bytes(50256), "<|endoftext|>");
    EXPECT_EQ(encoder.token_bytes(995), " world");
    EXPECT_EQ(encoder.token(995), "\u0120world");
    EXPECT_EQ(encoder.token_id("\u0120world"), 995);
    EXPECT_EQ(encoder.token_id(" world"), 995);
    EXPECT_EQ(encoder.token_id(" wxrld"), std::nullopt);
    round_trip_random_bytes(encoder);
}

TEST(Tokenizer, KeepsArbitraryBytes)
{
    round_trip_random_bytes(Tokenizer::load(data_folder / "shuffled"));
    const auto bytes_only = Tokenizer::from(tfm_test::files(tfm_test::vocab_json()));
    round_trip_random_bytes(bytes_only);
    EXPECT_EQ(bytes_only.encode("\xFF\x80 a"), (Ids{0xFF, 0x80, ' ', 'a'}));
}

TEST(Tokenizer, AppendsToWhatIsThere)
{
    const auto encoder = Tokenizer::from(
        tfm_test::files(tfm_test::vocab_json({"ab", "abc"}), "#version: 0.2\na b\nab c\n"));
    Ids ids{1, 2};
    encoder.encode("abcab", ids);
    EXPECT_EQ(ids, (Ids{1, 2, 257, 256}));
}

TEST(Tokenizer, DoesNotTakeATokenThatMergingDoesNotReach)
{
    // "abc" is in the vocabulary, but "b c" goes first and then nothing joins "a" and "bc".
    const auto encoder = Tokenizer::from(
        tfm_test::files(tfm_test::vocab_json({"ab", "bc", "abc"}), "b c\na b\nab c\n"));
    EXPECT_EQ(encoder.encode("abc"), (Ids{'a', 257}));
    EXPECT_EQ(encoder.token_id("abc"), 258);
}

TEST(Tokenizer, TakesIdsWithoutATokenForNothing)
{
    const auto tokenizer = Tokenizer::from(tfm_test::files(tfm_test::vocab_json()));
    EXPECT_EQ(tokenizer.decode(Ids{'a', 256, 'b', 100'000}), "ab");
    EXPECT_EQ(tokenizer.token_bytes(256), "");
    EXPECT_EQ(tokenizer.token(256), "");
    EXPECT_FALSE(tokenizer.is_special(256));
    EXPECT_THROW((void)tokenizer.decode(Ids{-1}), tfm::Error);
    EXPECT_THROW((void)tokenizer.token_bytes(-1), tfm::Error);
    EXPECT_EQ(tokenizer.end_of_text(), std::nullopt);
    EXPECT_EQ(tokenizer.decode(Ids{}), "");
}

TEST(Tokenizer, FindsTheLeftmostThenTheLongestSpecialToken)
{
    auto files = tfm_test::files(tfm_test::vocab_json({"<|endoftext|>"}));
    files.added_tokens = {{"added_tokens.json", R"({"<a>": 257, "<a><b>": 258, "\u4e2d": 259})"}};
    files.special_tokens_map = {
        {"special_tokens_map.json", R"({"additional_special_tokens": ["<a>", "<a><b>"]})"}};
    const auto encoder = Tokenizer::from(files);
    EXPECT_EQ(encoder.vocab_size(), 260U);
    EXPECT_EQ(encoder.end_of_text(), 256);
    EXPECT_EQ(encoder.encode("<a><b><a><<|endoftext|>x"), (Ids{258, 257, '<', 256, 'x'}));
    EXPECT_EQ(encoder.encode("<a>", {SpecialTokenText::as_text}), (Ids{'<', 'a', '>'}));
    EXPECT_EQ(encoder.encode("\u4e2d!"), (Ids{259, '!'}));
    EXPECT_EQ(encoder.decode(Ids{259, 257}), "\u4e2d<a>");
    EXPECT_EQ(encoder.decode(Ids{259, 257}, {.skip_special_tokens = true}), "\u4e2d");
    // An added token that is not special is one whatever happens to special ones.
    EXPECT_EQ(encoder.encode("\u4e2d", {SpecialTokenText::as_text}), (Ids{259}));
    EXPECT_TRUE(encoder.is_special(258));
    EXPECT_FALSE(encoder.is_special(259));
}

TEST(Tokenizer, ReadsSpecialTokensOfAHuggingFaceFolder)
{
    auto files = tfm_test::files(tfm_test::vocab_json({"</s>"}));
    files.special_tokens_map = {{"special_tokens_map.json", R"({"eos_token": {"content": "</s>",
        "lstrip": false, "normalized": true, "rstrip": false, "single_word": false},
        "additional_special_tokens": ["<x>"]})"}};
    files.tokenizer_config = {{"tokenizer_config.json", R"({"add_prefix_space": false,
        "add_bos_token": false, "model_max_length": 1e30, "unk_token": null, "added_tokens_decoder":
        {"257": {"content": "<x>", "lstrip": false, "special": true}}})"}};
    const auto encoder = Tokenizer::from(files);
    EXPECT_EQ(encoder.end_of_text(), 256);
    EXPECT_EQ(encoder.encode("a</s><x>"), (Ids{'a', 256, 257}));
}

TEST(Tokenizer, MayBeUsedByManyThreads)
{
    const auto encoder = Tokenizer::load(data_folder / "shuffled");
    const std::string text = "a bad cat noted an obedient idea \u00e9 <|endoftext|> abcabc";
    const Ids expected = encoder.encode(text);
    std::vector<Ids> results(4);
    std::vector<std::thread> threads;
    for (Ids& result : results) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) result = encoder.encode(text);
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Ids& result : results) EXPECT_EQ(result, expected);
}

} // namespace
