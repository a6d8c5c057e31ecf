/// The files of WordPiece tokenizers: what they say, and one clear error for each that is
/// malformed, hostile, or asks for what is not implemented.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/word_piece.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using Ids = std::vector<std::int32_t>;
using tfm::TokenizerJsonFiles;
using tfm::WordPieceEncoder;
using tfm::WordPieceFiles;
using tfm_test::error_of;

constexpr const char* vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nA\n##b\n";

WordPieceFiles with_vocabulary(std::string text)
{
    return {{"vocab.txt", std::move(text)}, {}, {}, {}};
}

WordPieceFiles with_config(std::string json)
{
    auto files = with_vocabulary(vocabulary);
    files.tokenizer_config = {{"tokenizer_config.json", std::move(json)}};
    return files;
}

std::string error_in(const WordPieceFiles& files)
{
    return error_of([&] { (void)WordPieceEncoder::from(files); });
}

TEST(WordPieceFiles, VocabularyIsATokenALine)
{
    EXPECT_EQ(error_in(with_vocabulary(vocabulary)), "");
    EXPECT_EQ(error_in(with_vocabulary("[UNK]\r\n[CLS]\r\n[SEP]\r\na")), "");
    EXPECT_EQ(error_in(with_vocabulary("")), "vocab.txt: holds no token");
    EXPECT_EQ(error_in(with_vocabulary("[UNK]\n\xFF\n")),
              "vocab.txt: line 2: expected a token in UTF-8, found '\uFFFD'");
    EXPECT_EQ(error_in(with_vocabulary("[UNK]\n[SEP]\n")),
              "vocab.txt: expected the special token '[CLS]', found no such token");
}

TEST(WordPieceFiles, EmptyLinesKeepTheirIdAndTheLastOfEqualLinesHasTheToken)
{
    // Of Hugging Face's tokenizers for {..., "": 5, "world": 6, "hello": 7}, as load_vocab reads
    // it.
    auto const encoder = WordPieceEncoder::from(
        with_vocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n\nworld\nhello\n"));
    EXPECT_EQ(encoder.encode("hello world"), (Ids{7, 6}));
    EXPECT_EQ(encoder.token_id("hello"), 7);
    EXPECT_EQ(encoder.token(4), "");
    EXPECT_EQ(encoder.token(7), "hello");
    EXPECT_EQ(encoder.vocab_size(), 8U);
    EXPECT_EQ(encoder.decode(Ids{4, 5, 6, 7}), " world hello");
    // The line before the last is none: the end of the file is no line.
    auto const blank = WordPieceEncoder::from(with_vocabulary("[UNK]\n\n\n[CLS]\n[SEP]\n\na\n\n"));
    EXPECT_EQ(blank.vocab_size(), 8U);
    EXPECT_EQ(blank.encode("a"), Ids{6});
    // Of two special tokens the last, too.
    auto const special = WordPieceEncoder::from(with_vocabulary("[UNK]\n[CLS]\n[SEP]\na\n[SEP]\n"));
    EXPECT_EQ(special.encode_single("a[SEP]").ids, (Ids{1, 3, 4, 4}));
}

TEST(WordPieceFiles, SharedCasesOfBlankAndRepeatedLinesLoad)
{
    std::filesystem::path const cases = std::filesystem::path(TFM_SHARED_DIR) / "cases";
    if (!std::filesystem::exists(cases)) GTEST_SKIP() << "no shared folder";
    const auto hello = [&](const char* name) {
        return WordPieceEncoder::load(cases / name).encode("hello world");
    };
    EXPECT_EQ(hello("wp-blank"), (Ids{5, 8}));
    EXPECT_EQ(hello("wp-blank/oneblank"), (Ids{5, 7}));
    EXPECT_EQ(hello("wp-blank/trailing"), (Ids{5, 6}));
    EXPECT_EQ(hello("wp-dup"), (Ids{30, 6}));
}

TEST(WordPieceFiles, ConfigurationSaysHowTextIsCleaned)
{
    EXPECT_TRUE(WordPieceEncoder::from(with_config("{}")).options().lower_case);
    auto const cased = WordPieceEncoder::from(with_config(R"({"do_lower_case": false})"));
    EXPECT_EQ(cased.options(), (tfm::BertTextOptions{.strip_accents = false, .lower_case = false}));
    EXPECT_EQ(cased.encode("A Ab a"), (Ids{5, 5, 6, 4}));
    auto const accents = WordPieceEncoder::from(
        with_config(R"({"strip_accents": false, "tokenize_chinese_chars": false})"));
    EXPECT_EQ(accents.options(),
              (tfm::BertTextOptions{.split_ideographs = false, .strip_accents = false}));
    // null: accents go by the case.
    auto const by_case =
        WordPieceEncoder::from(with_config(R"({"do_lower_case": false, "strip_accents": null})"));
    EXPECT_FALSE(by_case.options().strip_accents);
    auto const stripped =
        WordPieceEncoder::from(with_config(R"({"do_lower_case": false, "strip_accents": true})"));
    EXPECT_EQ(stripped.options(), (tfm::BertTextOptions{.lower_case = false}));
    EXPECT_EQ(stripped.encode("\u00C1 a\u0301"), (Ids{5, 4}));
    auto const renamed = WordPieceEncoder::from(with_config(R"({"cls_token": "a"})"));
    EXPECT_EQ(renamed.encode_single("").ids, (Ids{4, 3}));
}

TEST(WordPieceFiles, ConfigurationIsRefusedWhereItIsNotBerts)
{
    EXPECT_EQ(error_in(with_config(R"({"tokenizer_class": "BertTokenizerFast"})")), "");
    EXPECT_EQ(error_in(with_config(R"({"tokenizer_class": "BertJapaneseTokenizer"})")),
              "tokenizer_config.json: 'tokenizer_class': expected 'BertTokenizer' or a kin of it, "
              "found 'BertJapaneseTokenizer'");
    EXPECT_EQ(error_in(with_config(R"({"do_basic_tokenize": false})")),
              "tokenizer_config.json: 'do_basic_tokenize': expected 'true', found 'false'");
    EXPECT_EQ(error_in(with_config(R"({"never_split": ["x"]})")),
              "tokenizer_config.json: 'never_split': expected nothing, found a list of 1");
    EXPECT_EQ(error_in(with_config(R"({"do_lower_case": 1})")),
              "tokenizer_config.json: 'do_lower_case': expected true or false, found '1'");
    EXPECT_EQ(error_in(with_config(R"({"mask_token": {"content": "a", "lstrip": true}})")),
              "tokenizer_config.json: 'mask_token': 'lstrip' is not implemented, expected false, "
              "found true");
    EXPECT_EQ(error_in(with_config("{")), "tokenizer_config.json: expected JSON in UTF-8, found "
                                          "the end of the text at line 1, column 2");
    std::string const deep = std::string(500'000, '[') + std::string(500'000, ']');
    EXPECT_EQ(error_in(with_config("{\"never_split\": " + deep + "}")),
              "tokenizer_config.json: nested more than 64 levels deep");
}

nlohmann::json piece(const char* kind, const char* id, int type)
{
    return {{kind, {{"id", id}, {"type_id", type}}}};
}

nlohmann::json tokenizer_json()
{
    nlohmann::json single = {piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0),
                             piece("SpecialToken", "[SEP]", 0)};
    nlohmann::json pair = single;
    pair.push_back(piece("Sequence", "B", 1));
    pair.push_back(piece("SpecialToken", "[SEP]", 1));
    return {
        {"added_tokens", {{{"id", 3}, {"content", "[SEP]"}, {"normalized", false}}}},
        {"normalizer",
         {{"type", "BertNormalizer"},
          {"clean_text", true},
          {"handle_chinese_chars", true},
          {"strip_accents", nullptr},
          {"lowercase", false}}},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"post_processor", {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}}},
        {"model",
         {{"type", "WordPiece"},
          {"unk_token", "[UNK]"},
          {"continuing_subword_prefix", "##"},
          {"max_input_chars_per_word", 4},
          {"vocab",
           {{"[PAD]", 0}, {"[UNK]", 1}, {"[CLS]", 2}, {"[SEP]", 3}, {"A", 4}, {"##b", 5}}}}}};
}

/// The error after `change`.
std::string refusal(const std::function<void(nlohmann::json&)>& change)
{
    nlohmann::json json = tokenizer_json();
    change(json);
    return error_of([&] {
        (void)WordPieceEncoder::from(TokenizerJsonFiles{{"tokenizer.json", json.dump()}});
    });
}

TEST(TokenizerJson, SaysAllThatWordPieceNeeds)
{
    auto const encoder =
        WordPieceEncoder::from(TokenizerJsonFiles{{"tokenizer.json", tokenizer_json().dump()}});
    EXPECT_FALSE(encoder.options().lower_case);
    EXPECT_FALSE(encoder.options().strip_accents);
    EXPECT_EQ(encoder.encode("Abb[SEP]a Abbbb"), (Ids{4, 5, 5, 3, 1, 1}));
    EXPECT_EQ(encoder.encode_pair("A", "Ab").ids, (Ids{2, 4, 3, 4, 5, 3}));
    EXPECT_EQ(refusal([](auto& json) {
                  json["post_processor"] = {
                      {"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
              }),
              "");
}

/// The options of tokenizer.json after `change`, with this tokenizer_config.json beside it.
tfm::BertTextOptions options_with(const std::string& config,
                                  const std::function<void(nlohmann::json&)>& change = {})
{
    nlohmann::json json = tokenizer_json();
    if (change) change(json["normalizer"]);
    return WordPieceEncoder::from(TokenizerJsonFiles{{"tokenizer.json", json.dump()},
                                                     {},
                                                     {{"tokenizer_config.json", config}}})
        .options();
}

TEST(TokenizerJson, GivesWayToTheConfigurationOnCaseAccentsAndIdeographs)
{
    using Options = tfm::BertTextOptions;
    Options const cased{.strip_accents = false, .lower_case = false}; // what tokenizer.json says
    EXPECT_EQ(options_with("{}"), cased);
    EXPECT_EQ(options_with(R"({"do_lower_case": false})"), cased);
    EXPECT_EQ(options_with(R"({"do_lower_case": true})"), Options{});
    EXPECT_EQ(options_with(R"({"do_lower_case": true, "strip_accents": false})"),
              Options{.strip_accents = false});
    EXPECT_EQ(options_with(R"({"do_lower_case": false, "strip_accents": true})"),
              Options{.lower_case = false});
    EXPECT_EQ(options_with(R"({"tokenize_chinese_chars": false})"),
              (Options{.split_ideographs = false, .strip_accents = false, .lower_case = false}));
    // null says that accents go by the case, whatever tokenizer.json says of them.
    const auto strips = [](auto& normalizer) { normalizer["strip_accents"] = true; };
    EXPECT_TRUE(options_with("{}", strips).strip_accents);
    EXPECT_EQ(options_with(R"({"strip_accents": null})", strips), cased);
    EXPECT_EQ(options_with(R"({"do_lower_case": false, "strip_accents": null})", strips), cased);
    // Controls stay as tokenizer.json has them.
    EXPECT_FALSE(options_with(R"({"do_lower_case": true})", [](auto& normalizer) {
                     normalizer["clean_text"] = false;
                 }).clean_text);
    // Another class takes tokenizer.json as it is.
    EXPECT_EQ(
        options_with(R"({"do_lower_case": true, "tokenizer_class": "PreTrainedTokenizerFast"})"),
        cased);
    EXPECT_EQ(error_of([] { (void)options_with(R"({"do_lower_case": "yes"})"); }),
              "tokenizer_config.json: 'do_lower_case': expected true or false, found 'yes'");
}

TEST(TokenizerJson, MayLeaveIdsWithoutAToken)
{
    nlohmann::json json = tokenizer_json();
    json["model"]["vocab"]["##b"] = 9;
    auto const encoder =
        WordPieceEncoder::from(TokenizerJsonFiles{{"tokenizer.json", json.dump()}});
    EXPECT_EQ(encoder.encode("Ab"), (Ids{4, 9}));
    EXPECT_EQ(encoder.vocab_size(), 10U);
    EXPECT_EQ(encoder.token(5), "");
    EXPECT_EQ(encoder.decode(Ids{4, 5, 9, 100}), "Ab");
    EXPECT_EQ(refusal([](auto& changed) { changed["model"]["vocab"]["A"] = 1 << 24; }),
              "tokenizer.json: token 'A': id 16777216 is out of range: expected 0 to 1048599");
    EXPECT_EQ(refusal([](auto& changed) { changed["model"]["vocab"]["A"] = 3; }),
              "tokenizer.json: token '[SEP]': id 3 is taken by token 'A'");
}

TEST(TokenizerJson, IsRefusedWhereItIsNotBerts)
{
    EXPECT_EQ(refusal([](auto& json) { json["model"]["type"] = "BPE"; }),
              "tokenizer.json: 'model.type': expected 'WordPiece', found 'BPE'");
    EXPECT_EQ(refusal([](auto& json) { json["normalizer"]["type"] = "NFKC"; }),
              "tokenizer.json: 'normalizer.type': expected 'BertNormalizer', found 'NFKC'");
    EXPECT_EQ(refusal([](auto& json) { json["normalizer"] = nullptr; }),
              "tokenizer.json: 'normalizer.type': expected 'BertNormalizer', found nothing");
    EXPECT_EQ(refusal([](auto& json) { json["pre_tokenizer"]["type"] = "Whitespace"; }),
              "tokenizer.json: 'pre_tokenizer.type': expected 'BertPreTokenizer', found "
              "'Whitespace'");
    EXPECT_EQ(refusal([](auto& json) { json["post_processor"] = nullptr; }),
              "tokenizer.json: 'post_processor.type': expected 'TemplateProcessing' or "
              "'BertProcessing', found nothing");
    EXPECT_EQ(refusal([](auto& json) { json["post_processor"]["single"].erase(2); }),
              "tokenizer.json: 'post_processor.single': expected '[CLS]:0 A:0 [SEP]:0', found "
              "a list of 2");
    EXPECT_NE(refusal([](auto& json) { json["post_processor"]["pair"].erase(4); }), "");
    EXPECT_NE(refusal([](auto& json) { json["post_processor"]["single"] = {1, 2}; }), "");
    EXPECT_EQ(refusal([](auto& json) { json["added_tokens"][0]["normalized"] = true; }),
              "tokenizer.json: 'added_tokens': '[SEP]': 'normalized' is not implemented, expected "
              "false, found true");
    EXPECT_EQ(refusal([](auto& json) { json["added_tokens"][0]["id"] = 4; }),
              "tokenizer.json: special token '[SEP]' has id 4, but 3 in tokenizer.json");
    EXPECT_EQ(refusal([](auto& json) { json["added_tokens"][0].erase("id"); }),
              "tokenizer.json: 'added_tokens': '[SEP]': expected an id");
    EXPECT_EQ(refusal([](auto& json) { json["model"]["vocab"]["A"] = "x"; }),
              "tokenizer.json: token 'A': expected an integer id, found 'x'");
    EXPECT_EQ(refusal([](auto& json) { json["model"]["vocab"] = nullptr; }),
              "tokenizer.json: 'model.vocab': expected an object, found nothing");
    EXPECT_EQ(refusal([](auto& json) { json["model"]["max_input_chars_per_word"] = -1; }),
              "tokenizer.json: 'model.max_input_chars_per_word': expected a whole number up to "
              "256, found '-1'");
    EXPECT_EQ(refusal([](auto& json) {
                  json["decoder"] = {{"type", "ByteLevel"}};
              }),
              "tokenizer.json: 'decoder.type': expected 'WordPiece', found 'ByteLevel'");
    EXPECT_EQ(refusal([](auto& json) { json["model"] = 3; }),
              "tokenizer.json: 'model': expected an object, found '3'");
}

TEST(TokenizerJson, RandomDamageIsRefusedOrHarmless)
{
    std::mt19937 random(3);
    std::string const sound = tokenizer_json().dump();
    for (int i = 0; i < 1000; ++i) {
        std::string text = sound;
        for (int change = 0; change < 2; ++change) {
            std::size_t const position = random() % text.size();
            if (random() % 3 == 0)
                text.erase(position, random() % 4);
            else
                text[position] = static_cast<char>(random());
        }
        std::string const message = error_of([&] {
            (void)WordPieceEncoder::from(TokenizerJsonFiles{{"tokenizer.json", text}})
                .encode_pair("Abb", "\xFF");
        });
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_TRUE(message.empty() || message.starts_with("tokenizer.json: ")) << message;
    }
}

TEST(WordPieceFolder, IsReadAsTransformersReadsIt)
{
    tfm_test::ScratchFolder const folder;
    EXPECT_EQ(error_of([&] { (void)WordPieceEncoder::load(folder.path()); }),
              (folder / "vocab.txt").string() + ": no such file");
    folder.write("vocab.txt", vocabulary);
    EXPECT_EQ(WordPieceEncoder::load(folder.path()).encode("A"), Ids{4});
    folder.write("tokenizer.json", tokenizer_json().dump());
    EXPECT_EQ(WordPieceEncoder::load(folder.path()).vocab_size(), 6U);
    EXPECT_FALSE(WordPieceEncoder::load(folder.path()).options().lower_case);
    folder.write("tokenizer_config.json", R"({"do_lower_case": true})");
    EXPECT_TRUE(WordPieceEncoder::load(folder.path()).options().lower_case);
}

} // namespace
