/// tokenizer.json of byte-level BPE: the ids of vocab.json and merges.txt, and the refusal of what
/// would give others.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/tokenizer.hpp>

#include "../io/scratch_folder.hpp"
#include "small_vocabulary.hpp"

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;
using nlohmann::json;
using tfm::Tokenizer;
using tfm_test::error_of;

const fs::path data_folder = fs::path(TFM_TEST_DATA) / "tokenizer";

/// As `tokenizers` writes it, with tokens for all bytes, "ab" (256) and "abc" (257).
json small_tokenizer()
{
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens",
             {{{"id", 258},
               {"content", "<|endoftext|>"},
               {"single_word", false},
               {"lstrip", false},
               {"rstrip", false},
               {"normalized", true},
               {"special", true}}}},
            {"normalizer", nullptr},
            {"pre_tokenizer",
             {{"type", "ByteLevel"},
              {"add_prefix_space", false},
              {"trim_offsets", true},
              {"use_regex", true}}},
            {"post_processor",
             {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", false}}},
            {"decoder", {{"type", "ByteLevel"}}},
            {"model",
             {{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", nullptr},
              {"continuing_subword_prefix", ""},
              {"end_of_word_suffix", ""},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"ignore_merges", false},
              {"vocab", json::parse(tfm_test::vocab_json({"ab", "abc"}))},
              {"merges", {"a b", "ab c"}}}}};
}

Tokenizer from(const json& tokenizer)
{
    return Tokenizer::from(
        tfm::TokenizerJsonFiles{{"tokenizer.json", tokenizer.dump()}, {}, {}});
}

/// The error after `change`.
std::string refusal(const std::function<void(json&)>& change)
{
    json tokenizer = small_tokenizer();
    change(tokenizer);
    return error_of([&] { (void)from(tokenizer); });
}

TEST(ByteLevelTokenizer, HoldsTokensMergesAndSpecialTokens)
{
    auto const encoder = from(small_tokenizer());
    EXPECT_EQ(encoder.encode("abcab<|endoftext|>"), (Ids{257, 256, 258}));
    EXPECT_EQ(encoder.end_of_text(), 258);
    json pairs = small_tokenizer();
    pairs["model"]["merges"] = json::array({json::array({"a", "b"}), json::array({"ab", "c"})});
    EXPECT_EQ(from(pairs).encode("abcab"), (Ids{257, 256}));
}

TEST(ByteLevelTokenizer, IsRefusedWhereItsIdsWouldDiffer)
{
    EXPECT_EQ(refusal([](json& root) { root["model"]["type"] = "Unigram"; }),
              "tokenizer.json: 'model.type': expected 'BPE', found 'Unigram'");
    EXPECT_EQ(refusal([](json& root) {
                  root["normalizer"] = {{"type", "NFC"}};
              }),
              "tokenizer.json: 'normalizer': expected nothing, found 'NFC'");
    EXPECT_EQ(refusal([](json& root) { root["pre_tokenizer"]["type"] = "Sequence"; }),
              "tokenizer.json: 'pre_tokenizer.type': expected 'ByteLevel', found 'Sequence'");
    EXPECT_EQ(refusal([](json& root) { root["pre_tokenizer"] = nullptr; }),
              "tokenizer.json: 'pre_tokenizer.type': expected 'ByteLevel', found nothing");
    EXPECT_EQ(refusal([](json& root) { root["pre_tokenizer"]["add_prefix_space"] = true; }),
              "tokenizer.json: 'pre_tokenizer.add_prefix_space': expected 'false', found 'true'");
    EXPECT_EQ(refusal([](json& root) { root["pre_tokenizer"]["use_regex"] = false; }),
              "tokenizer.json: 'pre_tokenizer.use_regex': expected 'true', found 'false'");
    EXPECT_EQ(refusal([](json& root) { root["post_processor"]["type"] = "TemplateProcessing"; }),
              "tokenizer.json: 'post_processor.type': expected 'ByteLevel', found "
              "'TemplateProcessing'");
    EXPECT_EQ(refusal([](json& root) { root["model"]["dropout"] = 0.1; }),
              "tokenizer.json: 'model.dropout': expected nothing, found '0.1'");
    EXPECT_EQ(refusal([](json& root) { root["model"]["ignore_merges"] = true; }),
              "tokenizer.json: 'model.ignore_merges': expected 'false', found 'true'");
    EXPECT_EQ(refusal([](json& root) { root["model"]["end_of_word_suffix"] = "</w>"; }),
              "tokenizer.json: 'model.end_of_word_suffix': expected '', found '</w>'");
    EXPECT_EQ(refusal([](json& root) { root["added_tokens"][0]["lstrip"] = true; }),
              "tokenizer.json: 'added_tokens': 'lstrip' is not implemented, expected false, found "
              "true");
}

TEST(ByteLevelTokenizer, IsRefusedWhereItIsMalformed)
{
    EXPECT_EQ(refusal([](json& root) { root["model"]["merges"][1] = "ab"; }),
              "tokenizer.json: merge 1: expected two tokens and a space between, found 'ab'");
    EXPECT_EQ(refusal([](json& root) {
                  root["model"]["merges"][1] = {"a", "x"};
              }),
              "tokenizer.json: merge 1: token 'ax' is not in the vocabulary");
    EXPECT_EQ(refusal([](json& root) { root["model"]["merges"][0] = 1; }),
              "tokenizer.json: merge 0: expected two tokens");
    EXPECT_EQ(refusal([](json& root) { root["model"].erase("merges"); }),
              "tokenizer.json: 'model.merges': expected a list, found nothing");
    EXPECT_EQ(refusal([](json& root) { root["model"]["vocab"]["ab"] = 7; }),
              "tokenizer.json: token '\u0107': id 7 is taken by token 'ab'");
    EXPECT_NE(refusal([](json& root) { root["added_tokens"][0]["id"] = 300; }), "");
    EXPECT_NE(refusal([](json& root) { root["added_tokens"] = 1; }), "");
    EXPECT_NE(refusal([](json& root) { root = json::object(); }), "");
}

TEST(ByteLevelTokenizer, RandomDamageIsRefusedOrHarmless)
{
    std::mt19937 random(5);
    std::string const sound = small_tokenizer().dump();
    for (int i = 0; i < 300; ++i) {
        std::string text = sound;
        for (int change = 0; change < 2; ++change)
            text[random() % text.size()] = static_cast<char>(random());
        std::string const message = error_of([&] {
            (void)Tokenizer::from(tfm::TokenizerJsonFiles{{"tokenizer.json", text}, {}, {}})
                .encode("abcab <|endoftext|>");
        });
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_TRUE(message.empty() || message.starts_with("tokenizer.json: ")) << message;
    }
}

TEST(ByteLevelTokenizer, GivesTheIdsOfVocabAndMerges)
{
    // Hugging Face's `tokenizers` wrote this file from vocab.json and merges.txt.
    auto const encoder = Tokenizer::load(data_folder / "shuffled_tokenizer");
    std::ifstream stream(data_folder / "shuffled_vectors.json");
    auto const vectors = json::parse(stream);
    ASSERT_GE(vectors.size(), 30U);
    for (const auto& vector : vectors) {
        auto const text = vector["text"].get<std::string>();
        EXPECT_EQ(encoder.encode(text), vector["ids"].get<Ids>()) << vector["text"];
        EXPECT_EQ(encoder.decode(encoder.encode(text)), text);
    }
}

} // namespace
