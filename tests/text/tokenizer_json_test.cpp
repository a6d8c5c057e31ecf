/// tokenizer.json of byte-level BPE: the ids of vocab.json and merges.txt, and the refusal of what
/// is malformed or not implemented.

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
    return Tokenizer::from(tfm::TokenizerJsonFiles{{"tokenizer.json", tokenizer.dump()}, {}, {}});
}

/// The error after `change`.
std::string refusal(const std::function<void(json&)>& change)
{
    json tokenizer = small_tokenizer();
    change(tokenizer);
    return error_of([&] { (void)from(tokenizer); });
}

TEST(TokenizerJson, HoldsTokensMergesAndSpecialTokens)
{
    auto const encoder = from(small_tokenizer());
    EXPECT_EQ(encoder.encode("abcab<|endoftext|>"), (Ids{257, 256, 258}));
    EXPECT_EQ(encoder.end_of_text(), 258);
    json pairs = small_tokenizer();
    pairs["model"]["merges"] = json::array({json::array({"a", "b"}), json::array({"ab", "c"})});
    EXPECT_EQ(from(pairs).encode("abcab"), (Ids{257, 256}));
}

TEST(TokenizerJson, IsRefusedWhereItAsksForWhatIsNotImplemented)
{
    EXPECT_EQ(refusal([](json& root) { root["model"]["type"] = "Unigram"; }),
              "tokenizer.json: 'model.type': expected 'BPE', found 'Unigram'");
    EXPECT_EQ(refusal([](json& root) {
                  root["normalizer"] = {{"type", "Nmt"}};
              }),
              "tokenizer.json: 'normalizer.type': expected NFC, NFD, NFKC, NFKD, Lowercase, "
              "Prepend, Replace, Strip or Sequence, found 'Nmt'");
    EXPECT_EQ(refusal([](json& root) {
                  root["normalizer"] = {{"type", "Replace"}, {"pattern", {{"Regex", "x"}}}};
              }),
              "tokenizer.json: 'normalizer.pattern': expected {\"String\": TEXT}, found an object");
    EXPECT_EQ(refusal([](json& root) { root["pre_tokenizer"]["type"] = "Whitespace"; }),
              "tokenizer.json: 'pre_tokenizer.type': expected ByteLevel, Digits, Metaspace, Split "
              "or Sequence, found 'Whitespace'");
    EXPECT_EQ(refusal([](json& root) {
                  json const level = root["pre_tokenizer"];
                  root["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {level, level}}};
              }),
              "tokenizer.json: 'pre_tokenizer.pretokenizers[1].type': expected no step after "
              "ByteLevel, found 'ByteLevel'");
    EXPECT_EQ(refusal([](json& root) { root["post_processor"]["type"] = "Other"; }),
              "tokenizer.json: 'post_processor.type': expected BertProcessing, ByteLevel, "
              "RobertaProcessing, TemplateProcessing or Sequence, found 'Other'");
    EXPECT_EQ(refusal([](json& root) { root["decoder"]["type"] = "CTC"; }),
              "tokenizer.json: 'decoder.type': expected ByteFallback, ByteLevel, Fuse, Metaspace, "
              "Replace, Strip or Sequence, found 'CTC'");
    EXPECT_EQ(refusal([](json& root) { root["model"]["dropout"] = 0.1; }),
              "tokenizer.json: 'model.dropout': expected nothing, found '0.1'");
    EXPECT_EQ(refusal([](json& root) { root["model"]["end_of_word_suffix"] = "</w>"; }),
              "tokenizer.json: 'model.end_of_word_suffix': expected '', found '</w>'");
    EXPECT_EQ(
        refusal([](json& root) { root["model"]["unk_token"] = "<unk>"; }),
        "tokenizer.json: 'model.unk_token': expected a token of the vocabulary, found '<unk>'");
}

TEST(TokenizerJson, ANormalizerThatMakesATextMuchLongerIsStopped)
{
    json const doubled{{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
    json tokenizer = small_tokenizer();
    tokenizer["normalizer"] = {{"type", "Sequence"}, {"normalizers", json::array()}};
    for (int i = 0; i < 60; ++i) {
        tokenizer["normalizer"]["normalizers"].push_back(doubled);
        if (i != 5) continue;
        EXPECT_EQ(from(tokenizer).encode(std::string(1000, 'a')).size(), 64'000U);
    }
    auto const doubling = from(tokenizer);
    EXPECT_EQ(doubling.encode("b"), Ids{'b'});
    EXPECT_EQ(
        error_of([&] { (void)doubling.encode("a"); }),
        "tokenizer.json: 'normalizer': expected at most 4160 bytes for this text, found 8192");
    tokenizer["normalizer"] = {
        {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(10'000, 'a')}};
    EXPECT_EQ(error_of([&] { (void)from(tokenizer).encode("aaa"); }),
              "tokenizer.json: 'normalizer': expected at most 4288 bytes for this text, found "
              "30000");
    tokenizer["added_tokens"] = json::array();
    tokenizer["normalizer"] = {{"type", "Prepend"}, {"prepend", std::string(5000, 'a')}};
    EXPECT_EQ(from(tokenizer).encode(""), Ids{});
    EXPECT_EQ(
        error_of([&] { (void)from(tokenizer).encode("b"); }),
        "tokenizer.json: 'normalizer': expected at most 4160 bytes for this text, found 5001");
}

TEST(TokenizerJson, OfAddedTokensThatAreOneWhenNormalizedTheFirstCounts)
{
    // tokenizers 0.23.2 gives the one or the other, by chance, from run to run.
    for (bool const swaps : {false, true}) {
        json tokenizer = small_tokenizer();
        tokenizer["normalizer"] = {{"type", "Lowercase"}};
        std::string const first = swaps ? "<s>" : "<S>";
        std::string const second = swaps ? "<S>" : "<s>";
        tokenizer["added_tokens"] = {{{"id", 258}, {"content", first}, {"normalized", true}},
                                     {{"id", 259}, {"content", second}, {"normalized", true}}};
        EXPECT_EQ(from(tokenizer).encode("a<s>b<S>"), (Ids{'a', 258, 'b', 258}));
    }
}

TEST(TokenizerJson, AnAddedTokenHasALargestSizeWhenNormalized)
{
    EXPECT_EQ(refusal([](json& root) {
                  root["normalizer"] = {{"type", "Prepend"}, {"prepend", std::string(2000, 'a')}};
              }),
              "tokenizer.json: special token '<|endoftext|>': expected at most 256 bytes when "
              "normalized, found 2013");
}

/// The error with a tokenizer_config.json beside the file.
std::string config_refusal(const std::string& config, const json& tokenizer = small_tokenizer())
{
    return error_of([&] {
        (void)Tokenizer::from(tfm::TokenizerJsonFiles{
            {"tokenizer.json", tokenizer.dump()}, {}, {{"tokenizer_config.json", config}}});
    });
}

TEST(TokenizerJson, IsRefusedWhereItsConfigurationSaysOtherwise)
{
    EXPECT_EQ(config_refusal(R"({"add_bos_token": false, "add_prefix_space": false})"), "");
    EXPECT_EQ(config_refusal(R"({"add_bos_token": true})"),
              "tokenizer_config.json: 'add_bos_token': expected false as in tokenizer.json, found "
              "true");
    EXPECT_EQ(config_refusal(R"({"add_prefix_space": true})"),
              "tokenizer_config.json: 'add_prefix_space': expected false as in tokenizer.json, "
              "found true");
    json sequence = small_tokenizer();
    json const level = sequence["pre_tokenizer"];
    json const digits{{"type", "Digits"}, {"individual_digits", true}};
    sequence["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {digits, level}}};
    EXPECT_EQ(config_refusal(R"({"add_prefix_space": false})", sequence), "");
    EXPECT_EQ(config_refusal(R"({"add_prefix_space": true})", sequence),
              "tokenizer_config.json: 'add_prefix_space': expected false as in tokenizer.json, "
              "found true");
    EXPECT_EQ(config_refusal(R"({"add_bos_token": 1})"),
              "tokenizer_config.json: 'add_bos_token': expected true or false, found '1'");
    EXPECT_EQ(config_refusal(R"({"added_tokens_decoder": {"7": {"content": "<|endoftext|>"}}})"),
              "tokenizer_config.json: special token '<|endoftext|>' has id 7, but 258 before");
}

TEST(TokenizerJson, IsRefusedWhereItIsMalformed)
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
    EXPECT_EQ(refusal([](json& root) { root["added_tokens"][0]["lstrip"] = 1; }),
              "tokenizer.json: 'added_tokens': 'lstrip': expected true or false, found 1");
    EXPECT_EQ(refusal([](json& root) { root["added_tokens"][0]["id"] = 7; }),
              "tokenizer.json: special token '<|endoftext|>': id 7 is taken by token '\u0107'");
    EXPECT_NE(refusal([](json& root) { root["added_tokens"] = 1; }), "");
    EXPECT_NE(refusal([](json& root) { root = json::object(); }), "");
}

TEST(TokenizerJson, RandomDamageIsRefusedOrHarmless)
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

TEST(TokenizerJson, GivesTheIdsOfVocabAndMerges)
{
    // Hugging Face's `tokenizers` wrote this file from vocab.json and merges.txt.
    auto const encoder = Tokenizer::load(data_folder / "shuffled_tokenizer");
    std::ifstream stream(data_folder / "shuffled_vectors.json");
    auto const vectors = json::parse(stream);
    ASSERT_GE(vectors.size(), 30U);
    for (const auto& vector : vectors) {
        auto const text = vector["text"].get<std::string>();
        EXPECT_EQ(encoder.encode(text), vector["ids"].get<Ids>()) << vector["text"];
    }
}

} // namespace
