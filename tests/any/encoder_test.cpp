/// \file
/// `any::Encoder` against `Encoder<shape, precision>`, bit for bit, and against transformers.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/any/model.hpp>
#include <tfm/models/load.hpp>
#include <tfm/nn/encode.hpp>

#include "../io/scratch_folder.hpp"
#include "../models/encoder_cases.hpp"
#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;
using tfm_test::error_of;
using tfm_test::ScratchFolder;

constexpr any::EncoderTask task_of(const EncoderShape& shape)
{
    return {shape.pooling, shape.pooler, shape.labels};
}

/// All that an encoder gives of a batch whose sequences take several chunks.
template <EncoderShape S, Precision P>
void expect_same_bits(const char* name)
{
    EncoderReference const reference(name);
    std::span<const EncoderInput> const batch = reference.batch;
    std::size_t tokens = 0;
    for (const EncoderInput& input : batch) tokens += input.tokens.size();
    EncoderWorkspaceOptions const options{.max_rows = S.context, .threads = 2};
    auto const known = Encoder<S, P>::load(encoder_folder(name));
    EncoderWorkspace<S, P> workspace(options);
    auto const model = any::load_encoder(encoder_folder(name), P, task_of(S));
    EXPECT_EQ(model->shape(), known.sizes());
    EXPECT_EQ(model->precision(), P);
    EXPECT_EQ(model->weight_bytes(), (Encoder<S, P>::weight_bytes()));

    std::vector<float> expected(tokens * S.width);
    std::vector<float> found(tokens * S.width);
    encode(known, workspace, batch, {expected.data(), {tokens, S.width}});
    model->encode(batch, found, options);
    EXPECT_EQ(found, expected);

    expected.assign(batch.size() * S.width, 0);
    found.assign(expected.size(), 1);
    encode_pooled(known, workspace, batch, {expected.data(), {batch.size(), S.width}});
    model->encode_pooled(batch, found, options);
    EXPECT_EQ(found, expected);

    if constexpr (S.labels > 0) {
        expected.assign(batch.size() * S.labels, 0);
        found.assign(expected.size(), 1);
        classify(known, workspace, batch, {expected.data(), {batch.size(), S.labels}});
        model->classify(batch, found, options);
        EXPECT_EQ(found, expected);
    }
}

template <EncoderShape S>
void expect_same_bits_in_each(const char* name)
{
    expect_same_bits<S, precision::fp32>(name);
    expect_same_bits<S, precision::int8>(name);
}

TEST(AnyEncoder, GivesWhatABertDoes)
{
    expect_same_bits_in_each<bert_classifier>("bert_width36_classifier");
    expect_same_bits_in_each<bert_old_norms>("bert_width50_old_norms");
}

TEST(AnyEncoder, GivesWhatADistilBertDoes)
{
    expect_same_bits_in_each<distilbert_classifier>("distilbert_width33_classifier");
    expect_same_bits_in_each<distilbert_relu>("distilbert_width56_relu");
}

TEST(AnyEncoder, ClassifiesAsTransformersDoes)
{
    EncoderReference const reference("bert_width36_classifier");
    auto const expected = read_numbers<float, float>(reference.file, "logits");
    auto const model = any::load_encoder(encoder_folder("bert_width36_classifier"), precision::fp32,
                                         task_of(bert_classifier));
    for (std::size_t const max_rows : {512U, 41U}) {
        std::vector<float> found(expected.size());
        model->classify(reference.batch, found, {.max_rows = max_rows, .threads = 2});
        EXPECT_LT(relative_difference(expected, found), 1e-4) << "chunks of " << max_rows;
    }
}

TEST(AnyEncoder, PacksWhatItLoads)
{
    auto const folder = encoder_folder("distilbert_width56_relu");
    EncoderReference const reference("distilbert_width56_relu");
    ScratchFolder const scratch;
    std::filesystem::copy_file(folder / "config.json", scratch / "config.json");
    auto const task = task_of(distilbert_relu);
    auto const model = any::load_encoder(folder, precision::int8, task);
    model->pack(scratch / "model.tfm.safetensors");
    auto const packed = any::load_encoder(scratch.path(), precision::int8, task);
    std::vector<float> expected(reference.batch.size() * distilbert_relu.width);
    std::vector<float> found(expected.size(), 1);
    model->encode_pooled(reference.batch, expected);
    packed->encode_pooled(reference.batch, found);
    EXPECT_EQ(found, expected);
}

TEST(AnyEncoder, RefusesWhatItCannotDo)
{
    auto const folder = encoder_folder("bert_width36_classifier");
    EXPECT_EQ(error_of([&] { any::load_encoder(folder, precision::int8_kv8); }),
              folder.string() +
                  ": tfm: keys and values of an encoder are fp32 or bf16. Change kv of "
                  "its Precision, which saves memory in decoders only.");
    EXPECT_EQ(error_of([&] { any::load_encoder(folder, precision::bf16); }),
              folder.string() +
                  ": precision: expected one that this program links (fp32, int8, int8_kv8), found "
                  "bf16; add it to TFM_PRECISIONS where the program is built");

    auto const model = any::load_encoder(folder);
    std::vector<Token> const tokens{1, 2, 3};
    std::vector<Token> const many(42, 1);
    EncoderInput const input{tokens};
    EncoderInput const too_long{many};
    std::vector<float> out(3 * 36);
    EXPECT_EQ(error_of([&] {
                  model->classify({&input, 1}, out);
              }),
              "tfm::any::Encoder: expected an encoder with labels to classify, found none; load it "
              "with EncoderTask{.labels = ...}");
    EXPECT_EQ(error_of([&] {
                  model->encode({&input, 1}, std::span(out).first(100));
              }),
              "tfm::any::Encoder: the output has 100 floats; expected rows of 36");
    EXPECT_EQ(error_of([&] {
                  model->encode({&input, 1}, std::span(out).first(72));
              }),
              "tfm::encode: the output has 2 rows; the batch has 3 tokens");
    out.resize(42 * 36);
    EXPECT_EQ(error_of([&] {
                  model->encode({&too_long, 1}, out);
              }),
              "tfm::encode: sequence 0 has 42 tokens; expected at most the context of 41");
    EXPECT_EQ(error_of([&] {
                  model->encode({&input, 1}, out, {.max_rows = 0});
              }),
              "tfm::EncoderWorkspace: max_rows must be at least 1, found 0");
}

} // namespace
