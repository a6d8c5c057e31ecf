/// Which of a folder's files say what, on folders that failed once (shared/cases) and on small ones
/// made here. Ids are Hugging Face's, by the cases' table.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/tokenizer.hpp>

#include "../io/scratch_folder.hpp"
#include "small_vocabulary.hpp"

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;
using tfm::Tokenizer;
using tfm_test::error_of;
using tfm_test::vocab_json;

/// A folder for a test to write its files into.
class TokenizerFolders : public testing::Test {
protected:
    void write(const char* name, const std::string& text) const
    {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    Tokenizer load() const { return Tokenizer::load(folder_.path()); }

    tfm_test::ScratchFolder folder_;
};

TEST_F(TokenizerFolders, GiveTokenizerJsonTheLastWord)
{
    std::string const vocab = vocab_json({"12", "123"});
    write("vocab.json", vocab);
    write("merges.txt", "1 2\n12 3\n");
    write("tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer"})");
    EXPECT_EQ(load().encode("12345"), (Ids{257, '4', '5'}));
    write("tokenizer.json", R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Digits", "individual_digits": true},
        {"type": "ByteLevel", "add_prefix_space": false}]},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "merges": ["1 2", "12 3"], "vocab": )" +
                                vocab + "}}");
    EXPECT_EQ(load().encode("12345"), (Ids{'1', '2', '3', '4', '5'}));
}

TEST_F(TokenizerFolders, AreReadAsTheirClassDoes)
{
    write("vocab.json", vocab_json({"12", "'S", "\u0120a", "\u00c3\u00a9"}));
    write("merges.txt", "1 2\n' S\n\u0120 a\n\u00c3 \u00a9\n");
    write("tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer"})");
    EXPECT_EQ(load().encode("12 IT'S"), (Ids{'1', '2', ' ', 'I', 'T', 257}));
    EXPECT_EQ(load().encode("e\u0301"), (Ids{259})) << "composed";
    write("tokenizer_config.json", R"({"tokenizer_class": "GPT2TokenizerFast"})");
    EXPECT_EQ(load().encode("12 IT'S"), (Ids{256, ' ', 'I', 'T', '\'', 'S'}));
    write("tokenizer_config.json", R"({"add_prefix_space": true})");
    EXPECT_EQ(load().encode("a a"), (Ids{258, 258}));
    write("tokenizer_config.json", R"({"add_bos_token": true, "bos_token": "a"})");
    EXPECT_EQ(load().encode("b"), (Ids{'a', 'b'}));
    EXPECT_EQ(load().encode("b", {.add_special_tokens = false}), (Ids{'b'}));
    EXPECT_EQ(load().begin_of_text(), 'a');
    for (const char* const name : {"CLIPTokenizer", "RobertaTokenizer", "BartTokenizer"}) {
        write("tokenizer_config.json", std::string(R"({"tokenizer_class": ")") + name + "\"}");
        EXPECT_NE(error_of([&] { (void)load(); }).find(std::string("found '") + name),
                  std::string::npos);
    }
}

TEST_F(TokenizerFolders, GiveSpecialTokensWithoutAnIdTheNextOne)
{
    write("vocab.json", vocab_json({"<|endoftext|>"}));
    write("merges.txt", "");
    write("special_tokens_map.json",
          R"({"eos_token": "<|endoftext|>", "pad_token": "<pad>", "mask_token": "<mask>"})");
    auto const tokenizer = load();
    EXPECT_EQ(tokenizer.encode("a<pad><mask>b"), (Ids{'a', 257, 258, 'b'}));
    EXPECT_EQ(tokenizer.decode(Ids{'a', 257}), "a<pad>");
    EXPECT_TRUE(tokenizer.is_special(257));
    EXPECT_EQ(tokenizer.vocab_size(), 259U);
}

TEST_F(TokenizerFolders, PutAroundATextWhatTokenizerJsonSays)
{
    write("tokenizer.json", R"({"added_tokens": [], "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
        "model": {"type": "BPE", "merges": [], "vocab": {"<s>": 0, "</s>": 1, "a": 2}}})");
    EXPECT_EQ(load().encode("a"), (Ids{0, 2}));
    for (const char* const flags : {"", R"(, "add_bos_token": true, "add_eos_token": false)"}) {
        write("tokenizer_config.json",
              R"({"tokenizer_class": "LlamaTokenizer")" + std::string(flags) + "}");
        EXPECT_EQ(load().encode("a"), (Ids{0, 2}));
    }
    write("tokenizer_config.json",
          R"({"tokenizer_class": "LlamaTokenizer", "add_bos_token": false})");
    EXPECT_THROW(load(), tfm::Error);
}

TEST_F(TokenizerFolders, MayHaveManyTokensThatBeginAlike)
{
    std::string added = "{";
    for (int i = 0; i < 50'000; ++i)
        added += (i == 0 ? "\"" : ", \"") + std::string("<t") + std::to_string(i) +
                 ">\": " + std::to_string(256 + i);
    write("vocab.json", vocab_json());
    write("merges.txt", "");
    write("added_tokens.json", added + "}");
    auto const tokenizer = load();
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "<t";
    EXPECT_EQ(tokenizer.encode(text).size(), 200'000U);
    EXPECT_EQ(tokenizer.encode("<t0><t49999><t4999><t50000>"),
              (Ids{256, 50'255, 5'255, '<', 't', '5', '0', '0', '0', '0', '>'}));
}

/// A folder of shared/cases, a text, and what comes of it.
struct Case {
    const char* folder;
    const char* text;
    Ids ids;
    const char* error; ///< part of it; empty: none
};

TEST(TokenizerCases, AreReadAsHuggingFaceDoesOrRefused)
{
    fs::path const cases = fs::path(TFM_SHARED_DIR) / "cases";
    if (!fs::exists(cases)) GTEST_SKIP() << "no folder " << cases;
    Ids const digits{49, 50, 51, 52, 53, 32, 49, 50, 51};
    const char* const shout = "123 IT'S\n\nthe";
    Ids const qwen2{49, 50, 51, 32, 73, 84, 265, 262, 116, 260};
    for (const Case& one :
         {Case{"smollm-digits/both", "12345 123", digits, ""},
          Case{"smollm-digits/json_only", "12345 123", digits, ""},
          Case{"qwen2-split/both", shout, qwen2, ""},
          Case{"qwen2-split/json_only", shout, qwen2, ""},
          Case{"qwen2-split/vocab_only", shout, qwen2, ""},
          Case{"roberta", "", {}, "RobertaTokenizer"}, Case{"clip-vocab", "", {}, "CLIPTokenizer"},
          Case{"llama3", "", {266}, ""}, Case{"missing-bytes", "a", {97}, ""},
          Case{"special-without-id", "<pad>", {267}, ""}}) {
        SCOPED_TRACE(one.folder);
        std::string const error = error_of(
            [&] { EXPECT_EQ(Tokenizer::load(cases / one.folder).encode(one.text), one.ids); });
        if (*one.error == '\0')
            EXPECT_EQ(error, "");
        else
            EXPECT_NE(error.find(one.error), std::string::npos) << error;
    }
}

} // namespace
