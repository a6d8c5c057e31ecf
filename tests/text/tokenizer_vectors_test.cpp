/// What a tokenizer.json can ask for, one thing after the other: ids, and decoded text, are Hugging
/// Face's (tokenizer_vectors.json, from tools/make_tokenizer_vectors.mjs).

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tfm/text/tokenizer.hpp>
#include <tfm/text/utf8.hpp>

namespace {

using Ids = std::vector<std::int32_t>;
using nlohmann::json;
using tfm::DecodeOptions;
using tfm::Tokenizer;

const json& vectors()
{
    static const json vectors = [] {
        std::ifstream stream(std::string(TFM_TEST_DATA) + "/tokenizer/tokenizer_vectors.json");
        return json::parse(stream);
    }();
    return vectors;
}

/// `visit(tokenizer, row)` for each text of each tokenizer.
template <class Visit>
void visit_texts(Visit&& visit)
{
    ASSERT_GE(vectors().size(), 45U);
    for (const json& group : vectors()) {
        SCOPED_TRACE(group["name"].get<std::string>());
        auto const tokenizer =
            Tokenizer::from(tfm::TokenizerJsonFiles{{"tokenizer.json", group["tokenizer"].dump()}});
        ASSERT_GE(group["texts"].size(), 20U);
        for (const json& row : group["texts"]) {
            SCOPED_TRACE(row["text"].dump());
            visit(tokenizer, row);
        }
    }
}

std::string streamed(const Tokenizer& tokenizer, const Ids& ids, const DecodeOptions& options)
{
    tfm::DecodeStream stream(tokenizer, options);
    std::string text;
    for (std::int32_t const id : ids) {
        std::string const part = stream.step(id);
        EXPECT_EQ(tfm::to_valid_utf8(part), part);
        text += part;
    }
    return text + stream.finish();
}

TEST(TokenizerVectors, IdsAreHuggingFaces)
{
    visit_texts([](const Tokenizer& tokenizer, const json& row) {
        auto const text = row["text"].get<std::string>();
        EXPECT_EQ(tokenizer.encode(text), row["ids"].get<Ids>());
        EXPECT_EQ(tokenizer.encode(text, {.add_special_tokens = false}), row["plain"].get<Ids>());
    });
}

TEST(TokenizerVectors, TextIsHuggingFacesAtOnceAndInSteps)
{
    visit_texts([](const Tokenizer& tokenizer, const json& row) {
        auto const ids = row["ids"].get<Ids>();
        for (bool const skips : {false, true}) {
            auto const expected = row[skips ? "skipped" : "decoded"].get<std::string>();
            DecodeOptions const options{.skip_special_tokens = skips};
            EXPECT_EQ(tfm::to_valid_utf8(tokenizer.decode(ids, options)), expected);
            EXPECT_EQ(streamed(tokenizer, ids, options), expected);
        }
    });
}

TEST(TokenizerVectors, PiecesHaveTheSameIdsAndGoForward)
{
    visit_texts([](const Tokenizer& tokenizer, const json& row) {
        auto const text = row["text"].get<std::string>();
        Ids ids;
        std::size_t position = 0;
        for (const tfm::TokenPiece& piece : tokenizer.encode_pieces(text)) {
            ids.push_back(piece.id);
            EXPECT_LE(piece.begin, piece.end);
            EXPECT_LE(piece.end, text.size());
            EXPECT_GE(piece.begin, position);
            position = piece.begin;
        }
        EXPECT_EQ(ids, row["ids"].get<Ids>());
    });
}

} // namespace
