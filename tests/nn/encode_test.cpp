/// \file
/// Encoders: what a caller can get wrong, and that a sequence's features do not depend on what else
/// is in its batch. PyTorch's values are in tests/models/encoder_reference_test.cpp.

#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/nn/encode.hpp>
#include <tfm/nn/padded_batch.hpp>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr EncoderShape shape{.vocab = 53,
                             .context = 40,
                             .width = 36,
                             .heads = 3,
                             .layers = 3,
                             .mlp_width = 70,
                             .pooler = Pooler::tanh,
                             .labels = 2};

Encoder<shape> random_encoder() { return random_model<Encoder<shape>>(shape, 3); }

std::vector<float> features(const Encoder<shape>& model, const std::vector<EncoderInput>& batch,
                            EncoderWorkspaceOptions options)
{
    std::size_t rows = 0;
    for (auto const& input : batch) rows += input.tokens.size();
    std::vector<float> out(rows * shape.width);
    Encoder<shape>::Workspace workspace(options);
    encode(model, workspace, batch, {out.data(), {rows, shape.width}});
    return out;
}

std::string error_of(const std::vector<EncoderInput>& batch, std::size_t rows,
                     std::size_t max_rows = 64)
{
    static Encoder<shape> const model = random_encoder();
    Encoder<shape>::Workspace workspace({.max_rows = max_rows, .threads = 1});
    std::vector<float> out(rows * shape.width);
    try {
        encode(model, workspace, batch, {out.data(), {rows, shape.width}});
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Encode, DoesNotDependOnTheRestOfTheBatch)
{
    Encoder<shape> const model = random_encoder();
    std::vector<std::vector<Token>> texts;
    for (std::size_t const length : {3U, 40U, 1U, 16U, 17U, 15U, 33U, 2U})
        texts.push_back(random_tokens<shape>(length, static_cast<unsigned>(length)));
    std::vector<EncoderInput> batch;
    std::vector<float> alone;
    for (auto const& tokens : texts) {
        batch.push_back({tokens});
        auto const one = features(model, {{tokens}}, {.max_rows = 40, .threads = 1});
        alone.insert(alone.end(), one.begin(), one.end());
    }
    for (std::size_t const threads : {1U, 2U, 3U}) {
        for (std::size_t const max_rows : {40U, 57U, 512U}) {
            auto const together =
                features(model, batch, {.max_rows = max_rows, .threads = threads});
            EXPECT_LT(relative_difference(alone, together), 1e-5)
                << threads << " threads, " << max_rows << " rows";
        }
    }
}

TEST(Encode, SeesEveryTokenOfItsOwnSequenceAndNoOther)
{
    Encoder<shape> const model = random_encoder();
    auto const first = random_tokens<shape>(20, 1);
    auto second = random_tokens<shape>(30, 2);
    EncoderWorkspaceOptions const options{.threads = 2};
    auto const before = features(model, {{first}, {second}}, options);
    second.back() = (second.back() + 1) % static_cast<Token>(shape.vocab);
    auto const after = features(model, {{first}, {second}}, options);
    for (std::size_t row = 0; row < 50; ++row) {
        bool const same =
            std::equal(before.begin() + static_cast<std::ptrdiff_t>(row * shape.width),
                       before.begin() + static_cast<std::ptrdiff_t>((row + 1) * shape.width),
                       after.begin() + static_cast<std::ptrdiff_t>(row * shape.width));
        EXPECT_EQ(same, row < 20) << "row " << row;
    }
}

TEST(Encode, SaysWhatIsWrongWithABatch)
{
    std::vector<Token> const tokens{1, 2, 3};
    std::vector<Token> const wrong{1, 53, 3};
    std::vector<Token> const types{0, 1, 2};
    std::vector<Token> const many(41);
    EXPECT_EQ(error_of({}, 0), "");
    EXPECT_EQ(error_of({{tokens}}, 3), "");
    EXPECT_EQ(error_of({{tokens}, {{}}}, 3), "tfm::encode: sequence 1 has no tokens");
    EXPECT_EQ(error_of({{many}}, 41), "tfm::encode: sequence 0 has 41 tokens; expected at most the "
                                      "context of 40");
    EXPECT_EQ(error_of({{tokens}}, 3, 2), "tfm::encode: sequence 0 has 3 tokens; expected at most "
                                          "the 2 rows that the workspace was made for");
    EXPECT_EQ(error_of({{wrong}}, 3),
              "tfm::encode: sequence 0: token id 53 is out of range; expected 0 to 52");
    EXPECT_EQ(error_of({{tokens, types}}, 3),
              "tfm::encode: sequence 0: token type 2 is out of range; expected 0 to 1");
    EXPECT_EQ(error_of({{tokens, std::span(types).first(2)}}, 3),
              "tfm::encode: sequence 0 has 3 tokens and 2 token types; expected as many, or none");
    EXPECT_EQ(error_of({{tokens}}, 2),
              "tfm::encode: the output has 2 rows; the batch has 3 tokens");
}

std::string padding_error(const std::vector<Token>& mask, std::size_t length)
{
    std::vector<Token> const tokens(mask.size());
    try {
        (void)without_padding({length, tokens, mask});
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(PaddedBatch, BecomesSequencesOfTheirOwnLengths)
{
    std::vector<Token> const tokens{1, 2, 3, 4, 5, 6};
    std::vector<Token> const mask{1, 1, 1, 1, 0, 0};
    auto const batch = without_padding({3, tokens, mask, mask});
    ASSERT_EQ(batch.size(), 2U);
    EXPECT_EQ(batch[0].tokens.size(), 3U);
    EXPECT_EQ(batch[1].tokens.size(), 1U);
    EXPECT_EQ(batch[1].tokens[0], 4);
    EXPECT_EQ(batch[1].types.size(), 1U);
}

TEST(PaddedBatch, SaysWhatIsWrong)
{
    EXPECT_EQ(padding_error({1, 0, 1, 1}, 2), "");
    EXPECT_EQ(padding_error({1, 0, 0, 0}, 2), "tfm::without_padding: row 1 is nothing but padding");
    EXPECT_EQ(padding_error({0, 1, 1, 1}, 2), "tfm::without_padding: row 0: expected a mask of "
                                              "ones and then zeros, found 1 at 1");
    EXPECT_EQ(padding_error({1, 2}, 2), "tfm::without_padding: row 0: expected a mask of ones and "
                                        "then zeros, found 2 at 1");
    EXPECT_NE(padding_error({1, 1, 1}, 2), "");
    EXPECT_NE(padding_error({}, 0), "");
}

TEST(EncoderWorkspace, NeedsRows)
{
    EXPECT_THROW(Encoder<shape>::Workspace({.max_rows = 0}), Error);
}

TEST(EncoderShape, CountsItsParameters)
{
    // BERT base with its pooler: 109,482,240, as published.
    constexpr EncoderShape bert{.vocab = 30522,
                                .context = 512,
                                .width = 768,
                                .heads = 12,
                                .layers = 12,
                                .pooler = Pooler::tanh};
    EXPECT_EQ(bert.parameters(), 109'482'240U);
    EXPECT_GE(Encoder<bert>::weight_bytes(), 4 * bert.parameters());
}

} // namespace
