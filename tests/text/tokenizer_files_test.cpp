/// Malformed and hostile tokenizer files: one clear error each, naming file and line or token.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/tokenizer.hpp>

#include "small_vocabulary.hpp"

namespace {

namespace fs = std::filesystem;
using tfm::BytePairFiles;
using tfm::Tokenizer;
using tfm_test::files;
using tfm_test::vocab_json;

/// The message of the error that the files lead to, or "" if they are accepted.
std::string error_of(const BytePairFiles& files)
{
    try {
        (void)Tokenizer::from(files);
    } catch (const tfm::Error& error) {
        return error.what();
    }
    return "";
}

std::string vocab_error(std::string json) { return error_of(files(std::move(json))); }

const std::string not_json = "vocab.json: expected JSON in UTF-8, found ";
const std::string other_text = not_json + "other text at line 1, column ";
const std::string end_of_text = not_json + "the end of the text at line 1, column ";

/// With a vocabulary that also has "ab" and "abc".
std::string merges_error(std::string merges)
{
    return error_of(files(vocab_json({"ab", "abc"}), std::move(merges)));
}

TEST(TokenizerFiles, VocabularyMustBeAnObjectOfIntegers)
{
    EXPECT_EQ(vocab_error(""), end_of_text + "1");
    EXPECT_EQ(vocab_error("{\"a\": 0,"), end_of_text + "9");
    EXPECT_EQ(vocab_error("\xFF\xFE"), other_text + "1");
    EXPECT_EQ(vocab_error("{\"\xC3\": 0}"), other_text + "3");
    EXPECT_EQ(vocab_error("{} {}"), other_text + "4");
    EXPECT_EQ(vocab_error("{}"), "vocab.json: holds no token");
    EXPECT_EQ(vocab_error("[1]"),
              "vocab.json: expected an object from tokens to ids, found a list");
    EXPECT_EQ(vocab_error("3"),
              "vocab.json: expected an object from tokens to ids, found a number");
    EXPECT_EQ(vocab_error(R"({"a": "b"})"),
              "vocab.json: token 'a': expected an integer id, found a string");
    EXPECT_EQ(vocab_error(R"({"a": 1.5})"),
              "vocab.json: token 'a': expected an integer id, found a fraction");
    EXPECT_EQ(vocab_error(R"({"a": {"b": 1}})"),
              "vocab.json: token 'a': expected an integer id, found an object");
    EXPECT_EQ(vocab_error("{\"x\\n\\u0000" + std::string(200, 'y') + "\": null}"),
              "vocab.json: token 'x\\x0a\\x00" + std::string(93, 'y') +
                  "...': expected an integer id, found null");
    const std::string deep(1'000'000, '[');
    EXPECT_EQ(vocab_error(deep), "vocab.json: expected an object from tokens to ids, found a list");
}

TEST(TokenizerFiles, IdsMayHaveGapsAndMustNotRepeat)
{
    EXPECT_EQ(vocab_error(R"({"a": 0, "b": 2})"), "");
    EXPECT_EQ(vocab_error(R"({"a": 0, "b": 0})"),
              "vocab.json: token 'b': id 0 is taken by token 'a'");
    EXPECT_EQ(vocab_error(R"({"a": 0, "a": 1})"), "vocab.json: token 'a' is repeated");
    const std::string range = " is out of range: expected 0 to 1048583";
    EXPECT_EQ(vocab_error(R"({"a": 0, "b": -1})"), "vocab.json: token 'b': id -1" + range);
    EXPECT_EQ(vocab_error(R"({"a": 0, "b": 18446744073709551615})"),
              "vocab.json: token 'b': id 9223372036854775807" + range);
    EXPECT_EQ(vocab_error(R"({"a": 0, "b": 1e99999})"), other_text + "15");
}

TEST(TokenizerFiles, MergesMustBePairsOfKnownTokens)
{
    EXPECT_EQ(merges_error("#version: 0.2\na b\nab c\n"), "");
    EXPECT_EQ(merges_error("a b\r\nab c\r\n\r\n"), "");
    EXPECT_EQ(merges_error("a b\nab c"), "");
    EXPECT_EQ(merges_error(""), "");
    EXPECT_EQ(merges_error("#version: 0.2"), "");
    const std::string two = "expected two tokens and a space between, found ";
    EXPECT_EQ(merges_error("a b\n\nab c\n"), "merges.txt: line 2: " + two + "''");
    EXPECT_EQ(merges_error("#version: 0.2\nab\n"), "merges.txt: line 2: " + two + "'ab'");
    EXPECT_EQ(merges_error("a b c\n"), "merges.txt: line 1: " + two + "'a b c'");
    EXPECT_EQ(merges_error("a \n"), "merges.txt: line 1: " + two + "'a '");
    EXPECT_EQ(merges_error(" a\n"), "merges.txt: line 1: " + two + "' a'");
    EXPECT_EQ(merges_error("a b\n#version: 0.2\n"),
              "merges.txt: line 2: token '#version:0.2' is not in the vocabulary");
    EXPECT_EQ(merges_error("a b\nab xyz\n"),
              "merges.txt: line 2: token 'abxyz' is not in the vocabulary");
    EXPECT_EQ(merges_error("a bc\n"), "merges.txt: line 1: token 'bc' is not in the vocabulary");
    EXPECT_EQ(merges_error("a b\na b\n"), "merges.txt: line 2: merge 'a b' is repeated");
    EXPECT_EQ(merges_error("a \xFF\n"),
              "merges.txt: line 1: token 'a\uFFFD' is not in the vocabulary");
    EXPECT_EQ(merges_error(std::string("a\0 b\n", 5)),
              "merges.txt: line 1: token 'a\\x00b' is not in the vocabulary");
}

TEST(TokenizerFiles, SpecialTokensMustAgreeWithTheVocabulary)
{
    auto special = files(vocab_json({"<x>"}));
    special.added_tokens = {{"added_tokens.json", R"({"<x>": 5})"}};
    EXPECT_EQ(error_of(special),
              "added_tokens.json: special token '<x>' has id 5, but 256 in vocab.json");
    special.added_tokens = {{"added_tokens.json", R"({"<y>": 256})"}};
    EXPECT_EQ(error_of(special),
              "added_tokens.json: special token '<y>': id 256 is taken by token '<x>'");
    special.added_tokens = {{"added_tokens.json", R"({"": 257})"}};
    EXPECT_EQ(error_of(special), "added_tokens.json: special token '' is empty");
}

TEST(TokenizerFiles, AnAddedTokenHasALargestSize)
{
    const std::string most(255, 'a');
    auto longest = files(vocab_json({}));
    longest.added_tokens = {{"added_tokens.json", "{\"" + most + "b\": 256}"}};
    EXPECT_EQ(Tokenizer::from(longest).encode(std::string(50'000, 'a')).size(), 50'000U);
    longest.added_tokens = {{"added_tokens.json", "{\"" + most + "bb\": 256}"}};
    EXPECT_EQ(error_of(longest), "added_tokens.json: special token '" + std::string(96, 'a') +
                                     "...': expected at most 256 bytes, found 257");
}

/// The error that a tokenizer_config.json leads to.
std::string config_error(std::string json)
{
    auto with_config = files(vocab_json({"<x>"}));
    with_config.tokenizer_config = {{"tokenizer_config.json", std::move(json)}};
    return error_of(with_config);
}

TEST(TokenizerFiles, SettingsThatAreMalformedOrNotImplementedAreRefused)
{
    EXPECT_EQ(config_error("{}"), "");
    EXPECT_EQ(config_error("{"), "tokenizer_config.json: expected JSON in UTF-8, found the end of "
                                 "the text at line 1, column 2");
    EXPECT_EQ(config_error("[]"),
              "tokenizer_config.json: expected a JSON object, found a list of 0");
    EXPECT_EQ(config_error(R"({"add_bos_token": true, "add_bos_token": false})"),
              "tokenizer_config.json: field 'add_bos_token' is given twice");
    EXPECT_EQ(config_error(R"({"tokenizer_class": "RobertaTokenizer"})"),
              "tokenizer_config.json: 'tokenizer_class': expected GPT2Tokenizer or Qwen2Tokenizer "
              "beside vocab.json, found 'RobertaTokenizer': another class needs a tokenizer.json, "
              "which transformers writes with AutoTokenizer.from_pretrained(FOLDER, "
              "use_fast=True).save_pretrained(FOLDER)");
    EXPECT_EQ(config_error(R"({"add_bos_token": true, "bos_token": null})"),
              "tokenizer_config.json: 'add_bos_token': token '<|endoftext|>' is not in the "
              "vocabulary");
    EXPECT_EQ(config_error(R"({"eos_token": {"content": "<x>", "lstrip": "true"}})"),
              "tokenizer_config.json: 'eos_token': 'lstrip': expected true or false, found 'true'");
    EXPECT_EQ(config_error(R"({"eos_token": {"content": 5}})"),
              "tokenizer_config.json: 'eos_token': expected a token as a string or an object with "
              "'content'");
    EXPECT_EQ(config_error(R"({"added_tokens_decoder": []})"),
              "tokenizer_config.json: 'added_tokens_decoder': expected an object");
    EXPECT_EQ(config_error(R"({"added_tokens_decoder": {"-1": "<x>"}})"),
              "tokenizer_config.json: 'added_tokens_decoder': expected ids as keys, found '-1'");
    EXPECT_EQ(config_error(R"({"added_tokens_decoder": {"7": "<x>"}})"),
              "tokenizer_config.json: special token '<x>' has id 7, but 256 in vocab.json");
}

/// A folder of its own for a test, gone afterwards.
class TokenizerFolder : public testing::Test {
protected:
    TokenizerFolder()
    {
        std::string name = testing::TempDir() + "tfm_tokenizer_XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder = name;
    }
    ~TokenizerFolder() override { fs::remove_all(folder); }

    void write(const char* name, const std::string& text) const
    {
        std::ofstream(folder / name, std::ios::binary) << text;
    }
    std::string load_error() const
    {
        try {
            (void)Tokenizer::load(folder);
        } catch (const tfm::Error& error) {
            return error.what();
        }
        return "";
    }

    fs::path folder;
};

TEST_F(TokenizerFolder, IsLoadedWithAllItsFiles)
{
    write("vocab.json", vocab_json({"ab", "<|endoftext|>"}));
    write("merges.txt", "#version: 0.2\na b\n");
    write("added_tokens.json", R"({"<pad>": 258})");
    write("special_tokens_map.json", R"({"eos_token": "<pad>"})");
    write("tokenizer_config.json", "{}");
    const auto encoder = Tokenizer::load(folder);
    EXPECT_EQ(encoder.encode("ab<pad><|endoftext|>"), (std::vector<std::int32_t>{256, 258, 257}));
    EXPECT_EQ(encoder.end_of_text(), 258);
}

TEST_F(TokenizerFolder, WithoutItsFilesIsRefused)
{
    std::string const expected =
        folder.string() + ": expected tokenizer.json, or vocab.json and merges.txt, found ";
    EXPECT_EQ(load_error(), expected + "neither");
    write("vocab.txt", "a\n");
    EXPECT_EQ(load_error(), expected + "vocab.txt: that is for tfm::WordPieceEncoder");
    write("tokenizer.model", "x");
    EXPECT_EQ(load_error(),
              expected + "tokenizer.model alone: transformers writes tokenizer.json from it with "
                         "AutoTokenizer.from_pretrained(FOLDER, use_fast=True)"
                         ".save_pretrained(FOLDER)");
    write("vocab.json", vocab_json());
    EXPECT_EQ(load_error(), (folder / "merges.txt").string() + ": no such file");
    fs::create_directory(folder / "merges.txt");
    EXPECT_EQ(load_error(),
              (folder / "merges.txt").string() + ": expected a file, found something else");
    write("tokenizer.json", "{}");
    EXPECT_EQ(load_error(), (folder / "tokenizer.json").string() +
                                ": 'model.type': expected 'BPE', found nothing");
}

TEST_F(TokenizerFolder, OfAnotherFamilyIsNotTakenForGpt2s)
{
    write("vocab.json", vocab_json({"12", "<|endoftext|>"}));
    write("merges.txt", "1 2\n");
    write("config.json", R"({"model_type": "qwen2"})");
    EXPECT_EQ(Tokenizer::load(folder).encode("12"), (std::vector<std::int32_t>{'1', '2'}));
    write("config.json", R"({"model_type": "gpt2"})");
    EXPECT_EQ(Tokenizer::load(folder).encode("12"), (std::vector<std::int32_t>{256}));
    write("config.json", R"({"model_type": "roberta"})");
    EXPECT_NE(load_error().find("config.json: 'model_type': expected GPT2Tokenizer or "
                                "Qwen2Tokenizer beside "),
              std::string::npos)
        << load_error();
    write("tokenizer_config.json", R"({"tokenizer_class": "GPT2TokenizerFast"})");
    EXPECT_EQ(load_error(), "");
}

TEST_F(TokenizerFolder, WithAHugeFileIsRefused)
{
    write("vocab.json", "{");
    fs::resize_file(folder / "vocab.json", (std::uintmax_t{256} << 20) + 1); // sparse
    EXPECT_EQ(load_error(), (folder / "vocab.json").string() +
                                ": expected at most 268435456 bytes, found 268435457");
}

TEST(TokenizerFiles, WhatALaterFileSaysOfEachOfManyAddedTokensCounts)
{
    // Quadratic time would be minutes.
    constexpr int count = 200'000;
    std::string added;
    std::string decoder;
    for (int i = 0; i < count; ++i) {
        const std::string id = std::to_string(i + 1);
        const std::string token = R"("content": "<)" + id + R"(>", "special": true)";
        const std::string comma = i == 0 ? "" : ",";
        added += comma + R"({"id": )" + id + ", " + token + "}";
        decoder +=
            comma + '"' + id + R"(": {)" + token + (i % 2 == 0 ? "" : R"(, "lstrip": true)") + "}";
    }
    const auto tokenizer = Tokenizer::from(tfm::TokenizerJsonFiles{
        {"tokenizer.json", R"({"added_tokens": [)" + added +
                               R"(], "model": {"type": "BPE", "vocab": {" ": 0}, "merges": []}})"},
        {},
        {{"tokenizer_config.json", R"({"added_tokens_decoder": {)" + decoder + "}}"}}});
    EXPECT_EQ(tokenizer.encode(" <1> <2> <199999> <200000>"),
              (std::vector<std::int32_t>{0, 1, 2, 0, 199999, 200000}));
}

TEST(TokenizerFiles, RandomDamageIsRefusedOrHarmless)
{
    std::mt19937 random(3);
    const auto sound = files(vocab_json({"ab", "abc", "<|endoftext|>"}), "a b\nab c\n");
    for (int i = 0; i < 300; ++i) {
        BytePairFiles damaged = sound;
        std::string& text = i % 2 == 0 ? damaged.vocab.text : damaged.merges.text;
        for (int change = 0; change < 3; ++change) {
            const std::size_t position = random() % text.size();
            if (random() % 3 == 0)
                text.erase(position, random() % 4);
            else
                text[position] = static_cast<char>(random());
            if (text.empty()) text = " ";
        }
        const std::string message = error_of(damaged);
        EXPECT_EQ(message.find('\n'), std::string::npos);
        if (message.empty())
            (void)Tokenizer::from(damaged).encode("abcab <|endoftext|> \xFF");
        else
            EXPECT_TRUE(message.starts_with("vocab.json: ") || message.starts_with("merges.txt: "));
    }
}

} // namespace
