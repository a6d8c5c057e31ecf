/// WordPiece against Hugging Face's `tokenizers` (word_piece_vectors.json, from
/// tools/make_word_piece_references.mjs), and by hand where the answer is plain.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/bert_words.hpp>
#include <tfm/text/word_piece.hpp>

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;
using tfm::BertTextOptions;
using tfm::SpecialTokenText;
using tfm::WordPieceEncoder;

const fs::path data_folder = fs::path(TFM_TEST_DATA) / "tokenizer";

nlohmann::json read_json(const fs::path& file)
{
    std::ifstream stream(file);
    return nlohmann::json::parse(stream, nullptr, false);
}

BertTextOptions options_of(const nlohmann::json& json)
{
    return {.clean_text = json["clean_text"].get<bool>(),
            .split_ideographs = json["handle_chinese_chars"].get<bool>(),
            .strip_accents = json["strip_accents"].get<bool>(),
            .lower_case = json["lowercase"].get<bool>()};
}

void compare(const WordPieceEncoder& encoder, const nlohmann::json& vector)
{
    auto const text = vector["text"].get<std::string>();
    if (vector.contains("plain")) {
        EXPECT_EQ(encoder.encode(text), vector["plain"].get<Ids>()) << vector;
    }
    auto const length = vector.value("max_length", WordPieceEncoder::unlimited);
    auto const found = vector.contains("pair")
                           ? encoder.encode_pair(text, vector["pair"].get<std::string>(), length)
                           : encoder.encode_single(text, length);
    EXPECT_EQ(found.ids, vector["ids"].get<Ids>()) << vector;
    EXPECT_EQ(found.types, vector["types"].get<Ids>()) << vector;
}

TEST(WordPiece, GivesHuggingFacesIds)
{
    auto const groups = read_json(data_folder / "word_piece_vectors.json");
    ASSERT_TRUE(groups.is_array());
    ASSERT_GE(groups.size(), 5U);
    for (const auto& group : groups) {
        auto const options = options_of(group["options"]);
        auto const encoder = WordPieceEncoder::load(data_folder / "word_piece", options);
        ASSERT_EQ(encoder.options(), options);
        ASSERT_GE(group["vectors"].size(), 30U);
        for (const auto& vector : group["vectors"]) compare(encoder, vector);
    }
}

TEST(WordPiece, CutsRandomTextsIntoHuggingFacesWords)
{
    for (const auto& group : read_json(data_folder / "word_piece_vectors.json")) {
        auto const options = options_of(group["options"]);
        ASSERT_GE(group["random"].size(), 100U);
        for (const auto& vector : group["random"]) {
            std::vector<std::string> words;
            tfm::detail::BertWordCutter cutter(
                options, [&](std::string_view word, std::size_t) { words.emplace_back(word); });
            cutter.cut(vector["text"].get<std::string>());
            EXPECT_EQ(words, vector["words"].get<std::vector<std::string>>())
                << group["options"] << "\n"
                << vector.dump(-1, ' ', true);
        }
    }
}

/// The decoder WordPiece, with clean-up or without.
WordPieceEncoder decoder_of(const std::vector<std::string>& tokens, bool cleans_up)
{
    nlohmann::json json = {
        {"normalizer", {{"type", "BertNormalizer"}}},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"post_processor",
         {{"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}}},
        {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", cleans_up}}},
        {"model", {{"type", "WordPiece"}}}};
    for (std::size_t id = 0; id < tokens.size(); ++id) {
        json["model"]["vocab"][tokens[id]] = id;
        if (id < 5)
            json["added_tokens"].push_back(
                {{"id", id}, {"content", tokens[id]}, {"special", true}});
    }
    return WordPieceEncoder::from(tfm::TokenizerJsonFiles{{"tokenizer.json", json.dump()}});
}

TEST(WordPiece, DecodesAsHuggingFaceDoes)
{
    auto const expected = read_json(data_folder / "word_piece_decoded.json");
    ASSERT_TRUE(expected.is_object());
    auto const tokens = expected["tokens"].get<std::vector<std::string>>();
    auto const cleaning = decoder_of(tokens, true);
    auto const plain = decoder_of(tokens, false);
    ASSERT_GE(expected["vectors"].size(), 200U);
    for (const auto& vector : expected["vectors"]) {
        auto const ids = vector[0].get<Ids>();
        EXPECT_EQ(cleaning.decode(ids), vector[1].get<std::string>()) << vector;
        EXPECT_EQ(plain.decode(ids), vector[2].get<std::string>()) << vector;
        EXPECT_EQ(cleaning.decode(ids, {.skip_special_tokens = true}), vector[3].get<std::string>())
            << vector;
    }
}

constexpr const char* small_vocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\nwant\n##want\n##ed\nrunn\n##ing\n,\na\n"
    "\xE4\xB8\xAD\n##a\n";

WordPieceEncoder small_encoder(std::optional<BertTextOptions> options = {})
{
    return WordPieceEncoder::from(tfm::WordPieceFiles{{"vocab.txt", small_vocabulary}, {}, {}, {}},
                                  options);
}

TEST(WordPiece, TakesTheLongestPieces)
{
    // The examples of BERT's own tokenization_test.py.
    auto const encoder = small_encoder();
    EXPECT_EQ(encoder.encode("UNwant\u00E9d,running"), (Ids{4, 8, 9, 12, 10, 11}));
    EXPECT_EQ(encoder.encode("unaffable unwanted"), (Ids{4, 5, 6, 4, 8, 9}));
    EXPECT_EQ(encoder.encode("unwantedX running"), (Ids{1, 10, 11}));
    EXPECT_EQ(encoder.encode(" \t\n"), Ids{});
    EXPECT_EQ(encoder.encode(""), Ids{});
    EXPECT_EQ(encoder.encode("a\u4E2Da"), (Ids{13, 14, 13}));
    EXPECT_EQ(encoder.token(8), "##want");
    EXPECT_EQ(encoder.token_id("##ing"), 11);
    EXPECT_EQ(encoder.token_id("ing"), std::nullopt);
    EXPECT_EQ(encoder.vocab_size(), 16U);
    EXPECT_THROW((void)encoder.token(16), tfm::Error);
    EXPECT_THROW((void)encoder.token(-1), tfm::Error);
}

TEST(WordPiece, DecodesTheTextOfAFolderWithoutTokenizerJson)
{
    auto const encoder = small_encoder();
    auto const ids = encoder.encode_single("UNwant\u00E9d, a\u4E2Da").ids;
    EXPECT_EQ(encoder.decode(ids), "[CLS] unwanted, a \u4E2D a [SEP]");
    EXPECT_EQ(encoder.decode(ids, {.skip_special_tokens = true}), "unwanted, a \u4E2D a");
    EXPECT_EQ(encoder.decode(Ids{}), "");
    EXPECT_EQ(encoder.decode(Ids{13, 16, 1'000'000, 13}), "a a"); // ids without a token
    EXPECT_THROW((void)encoder.decode(Ids{-1}), tfm::Error);
}

TEST(WordPiece, TakesAnyBytes)
{
    auto const encoder = small_encoder();
    EXPECT_EQ(encoder.encode("a\xFF\xC3"), Ids{13}); // U+FFFD is cleaned away
    EXPECT_EQ(encoder.encode(std::string("a\0,", 3)), (Ids{13, 12}));
    auto options = encoder.options();
    options.clean_text = false;
    EXPECT_EQ(small_encoder(options).encode("a\xFF"), Ids{1});
}

TEST(WordPiece, WordsOfMoreThanAHundredCharactersAreUnknown)
{
    auto const encoder = small_encoder();
    EXPECT_EQ(encoder.encode(std::string(100, 'a')).size(), 100U);
    EXPECT_EQ(encoder.encode(std::string(101, 'a')), Ids{1});
}

TEST(WordPiece, SpecialTokensAreCutOutUnlessToldOtherwise)
{
    auto const encoder = small_encoder();
    EXPECT_EQ(encoder.encode("a[SEP]a"), (Ids{13, 3, 13}));
    EXPECT_EQ(encoder.encode("a[sep]a"), (Ids{13, 1, 1, 1, 13}));
    EXPECT_EQ(encoder.encode("a[SEP]a", SpecialTokenText::as_text), (Ids{13, 1, 1, 1, 13}));
}

TEST(WordPiece, CutsWhatIsTooLong)
{
    auto const encoder = small_encoder();
    EXPECT_EQ(encoder.encode_single("a a a a", 5).ids, (Ids{2, 13, 13, 13, 3}));
    EXPECT_EQ(encoder.encode_single("a a a a", 2).ids, (Ids{2, 3}));
    EXPECT_THROW((void)encoder.encode_single("a", 1), tfm::Error);
    auto const pair = encoder.encode_pair("a a a a", ",", 6);
    EXPECT_EQ(pair.ids, (Ids{2, 13, 13, 3, 12, 3}));
    EXPECT_EQ(pair.types, (Ids{0, 0, 0, 0, 1, 1}));
    EXPECT_EQ(encoder.encode_pair("a a a", ", , ,", 6).ids, (Ids{2, 13, 3, 12, 12, 3}));
    EXPECT_EQ(encoder.encode_pair("a a a a", ", , ,", 6).ids, (Ids{2, 13, 13, 3, 12, 3}));
    EXPECT_THROW((void)encoder.encode_pair("a", "a", 2), tfm::Error);
}

} // namespace
