/// No tokenizer's file costs more than its size deserves: what would make it cost more is refused,
/// naming the limit.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/hash_slots.hpp>
#include <tfm/text/limits.hpp>
#include <tfm/text/split_regex.hpp>
#include <tfm/text/tokenizer.hpp>
#include <tfm/text/word_piece.hpp>

#include "../io/scratch_folder.hpp"
#include "small_vocabulary.hpp"

namespace {

using tfm::Tokenizer;
using tfm_test::error_of;

/// A slot that counts how often one is looked at.
struct Counted {
    int key = -1;
    bool is_free() const { return key < 0; }
};
using Slots = tfm::detail::HashSlots<Counted>;

/// Puts `key` into its slot.
void add(Slots& slots, std::uint64_t hash, int key)
{
    slots.find_or_fail(hash, "f", [&](const Counted& slot) { return slot.key == key; }).key = key;
}

/// How many entries are looked at for one that is not there.
std::size_t looks(const Slots& slots, std::uint64_t hash)
{
    std::size_t count = 0;
    (void)slots.find(hash, [&](const Counted&) {
        ++count;
        return false;
    });
    return count;
}

TEST(HashSlots, LooksAtABoundedNumberOfEntries)
{
    constexpr int most = static_cast<int>(Slots::most_probes);
    Slots same(1000);
    for (int key = 0; key < most; ++key) add(same, 0, key);
    EXPECT_EQ(error_of([&] { add(same, 0, most); }),
              "f: expected at most 256 entries whose hashes collide, found more: the file is made "
              "to be slow");
    EXPECT_EQ(same.find(0, [](const Counted& slot) { return slot.key == most - 1; })->key,
              most - 1);
    EXPECT_EQ(looks(same, 0), Slots::most_probes);

    // Each entry is in its place, and one that is not there would be behind all of them.
    constexpr std::size_t taken = 100'000;
    Slots row(taken);
    std::uint64_t const step = ~std::uint64_t{0} / row.all().size() + 1;
    for (std::size_t key = 0; key < taken; ++key) add(row, key * step, static_cast<int>(key));
    EXPECT_EQ(looks(row, 0), Slots::most_probes);
}

/// The inverse of `x ^= x >> 32; x *= m`, steps of `hash_bytes`.
std::uint64_t before(std::uint64_t hash)
{
    std::uint64_t inverse = 1; // of the multiplier, by Newton's method
    for (int i = 0; i < 6; ++i) inverse *= 2 - 0x9E3779B97F4A7C15 * inverse;
    std::uint64_t const mixed = hash * inverse;
    return (mixed ^ mixed >> 32U) * inverse;
}

/// A text of eight letters whose hash begins with 20 bits that are 0; each call gives another.
std::string colliding_text(std::uint64_t& state)
{
    for (;;) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        std::uint64_t const word = before(state >> 20U) ^ 8 * 0x9E3779B97F4A7C15;
        std::string text(8, ' ');
        bool is_plain = true;
        for (std::size_t i = 0; i < 8; ++i) {
            auto const byte = static_cast<unsigned char>(word >> 8 * i);
            is_plain = is_plain && byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
            text[i] = static_cast<char>(byte);
        }
        if (is_plain) return text;
    }
}

TEST(TokenizerCost, AVocabularyOfCollidingKeysIsRefused)
{
    std::uint64_t state = 1;
    std::vector<std::string> tokens;
    for (int i = 0; i < 300; ++i) tokens.push_back(colliding_text(state));
    std::string const message =
        "vocab.json: expected at most 256 entries whose hashes collide, found more: the file is "
        "made to be slow";
    EXPECT_EQ(
        error_of([&] { (void)Tokenizer::from(tfm_test::files(tfm_test::vocab_json(tokens))); }),
        message);
    tokens.resize(100);
    auto const few = Tokenizer::from(tfm_test::files(tfm_test::vocab_json(tokens)));
    EXPECT_EQ(few.token_id(tokens[99]), 355);
}

/// A tokenizer.json of all bytes, "ab" among them, with other fields.
std::string json(const std::string& fields, const std::string& more_tokens = "")
{
    std::string vocab = tfm_test::vocab_json({"ab"});
    vocab.insert(vocab.size() - 1, more_tokens);
    return R"({"model": {"type": "BPE", "merges": [], "vocab": )" + vocab + "}" + fields + "}";
}

Tokenizer load(const std::string& text)
{
    return Tokenizer::from(tfm::TokenizerJsonFiles{{"t.json", text}, {}, {}});
}

std::string refusal(const std::string& text)
{
    return error_of([&] { (void)load(text); });
}

std::string list_of(const std::string& item, std::size_t count)
{
    std::string list = "[" + item;
    for (std::size_t i = 1; i < count; ++i) list += "," + item;
    return list + "]";
}

TEST(TokenizerCost, ATokenHasALargestSize)
{
    std::string const most(tfm::detail::longest_token, 'a');
    EXPECT_EQ(refusal(json("", ",\"" + most + "\": 300")), "");
    EXPECT_EQ(refusal(json("", ",\"a" + most + "\": 300")),
              "t.json: token '" + std::string(96, 'a') +
                  "...': expected at most 16384 bytes, found 16385");
    EXPECT_EQ(error_of([&] {
                  (void)tfm::WordPieceEncoder::from(tfm::WordPieceFiles{
                      {"vocab.txt", "[UNK]\n[CLS]\n[SEP]\na" + most}, {}, {}, {}});
              }),
              "vocab.txt: token '" + std::string(96, 'a') +
                  "...': expected at most 16384 bytes, found 16385");
}

TEST(TokenizerCost, FewTokensHaveSmallIds)
{
    EXPECT_EQ(refusal(json("", R"(,"x y": 1000000)")), "");
    // 2^20, and four for each of the 258 tokens.
    EXPECT_EQ(refusal(json("", R"(,"x y": 1049608)")),
              "t.json: token 'x y': id 1049608 is out of range: expected 0 to 1049607");
}

TEST(TokenizerCost, EachPartHasFewSteps)
{
    struct Part {
        std::string name;
        std::string list;
        std::string step;
    };
    std::vector<Part> const parts{
        {"normalizer", "normalizers", R"({"type":"NFC"})"},
        {"pre_tokenizer", "pretokenizers", R"({"type":"Digits"})"},
        {"decoder", "decoders", R"({"type":"Replace","pattern":{"String":"a"},"content":"b"})"},
        {"post_processor", "processors", R"({"type":"ByteLevel"})"}};
    for (const Part& part : parts) {
        const auto with = [&](std::size_t count) {
            return refusal(json(", \"" + part.name + R"(": {"type":"Sequence",")" + part.list +
                                "\":" + list_of(part.step, count) + "}"));
        };
        // A list of a post-processor's steps is a step, too.
        std::size_t const most = part.name == "post_processor" ? 63 : 64;
        EXPECT_EQ(with(most), "") << part.name;
        std::string const place = part.name + "." + part.list + "[" + std::to_string(most) + "]";
        EXPECT_EQ(with(most + 1),
                  "t.json: '" + place + ".type': expected at most 64 steps, found more");
        EXPECT_NE(with(200'000), "");
    }
}

TEST(TokenizerCost, ATextIsFramedByFewTokens)
{
    const auto with = [&](std::size_t pieces, std::size_t ids) {
        std::string const piece = R"({"SpecialToken":{"id":"ab","type_id":0}})";
        std::string items = list_of(piece, pieces);
        items.insert(items.size() - 1, R"(,{"Sequence":{"id":"A","type_id":0}})");
        return refusal(json(R"(, "post_processor": {"type":"TemplateProcessing","single":)" +
                            items + R"(,"special_tokens":{"ab":{"id":"ab","ids":)" +
                            list_of("256", ids) + "}}}"));
    };
    EXPECT_EQ(with(256, 1), "");
    EXPECT_EQ(with(16, 16), "");
    std::string const limit = "': expected at most 256 tokens, found a list of ";
    EXPECT_EQ(with(257, 1), "t.json: 'post_processor.single" + limit + "258");
    EXPECT_EQ(with(16, 17), "t.json: 'post_processor.single" + limit + "17");
    EXPECT_EQ(with(1, 257), "t.json: 'post_processor.special_tokens.ab.ids" + limit + "257");
}

TEST(TokenizerCost, ADecoderDoesNotBlowATokenUp)
{
    std::string const doubling = R"({"type":"Replace","pattern":{"String":"a"},"content":"aa"})";
    const auto with = [&](std::size_t count) {
        return json(R"(, "decoder": {"type":"Sequence","decoders":)" + list_of(doubling, count) +
                    "}");
    };
    EXPECT_EQ(load(with(6)).decode(std::vector<std::int32_t>{'a', 'b'}),
              std::string(64, 'a') + "b");
    EXPECT_EQ(refusal(with(60)),
              "t.json: 'decoder': expected at most 68 bytes for a token, found more");
}

TEST(TokenizerCost, WordPieceCutsShortWords)
{
    std::string const text = R"({"model":{"type":"WordPiece","max_input_chars_per_word":257},)"
                             R"("normalizer":{"type":"BertNormalizer"},)"
                             R"("pre_tokenizer":{"type":"BertPreTokenizer"}})";
    EXPECT_EQ(
        error_of([&] {
            (void)tfm::WordPieceEncoder::from(tfm::TokenizerJsonFiles{{"t.json", text}, {}, {}});
        }),
        "t.json: 'model.max_input_chars_per_word': expected a whole number up to 256, found "
        "'257'");
}

/// Cuts a text by a pattern and returns the steps that were spent, of those the text has.
std::size_t steps_spent(std::string_view pattern, std::string_view text)
{
    using tfm::detail::SplitRegex;
    auto const regex = SplitRegex::parse(pattern, "f");
    std::size_t const all = SplitRegex::most_steps(text.size());
    std::size_t left = all;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = regex.match_end(text, at, left);
        at = end == at ? at + 1 : end;
    }
    return all - left;
}

TEST(SplitCost, AllMatchesOfATextShareItsSteps)
{
    // Each match looks through the rest of the text and takes one letter of it.
    std::string const slow = "a+b|[a-z]";
    EXPECT_EQ(error_of([&] { steps_spent(slow, std::string(500, 'a')); }), "");
    EXPECT_EQ(error_of([&] { steps_spent(slow, std::string(50'000, 'a')); }),
              "f: expected a pattern that takes few steps for each byte, found 'a+b|[a-z]', which "
              "takes too many with a text of 50000 bytes");
}

TEST(SplitCost, ThePublishedPatternsTakeStepsLinearInTheText)
{
    for (std::string_view const pattern :
         {tfm::detail::gpt2_split_pattern, tfm::detail::qwen2_split_pattern,
          tfm::detail::llama3_split_pattern}) {
        for (std::string_view const piece : {"a", " ", "\n", " \n", "\r", "1", "'", "'s", "!", "! ",
                                             "a1 ", "\t a", "\xC3\xA9", "\xFF", "\xE2\x80\x83"}) {
            std::string text;
            for (int i = 0; i < 20'000; ++i) text += piece;
            text += " x";
            EXPECT_LE(steps_spent(pattern, text), 8 * text.size()) << pattern << " " << piece;
        }
    }
}

} // namespace
