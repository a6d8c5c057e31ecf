/// \file
/// Encoders against transformers: random models of odd shapes, computed in float64 over a padded
/// batch (tools/make_encoder_references.py).

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load.hpp>
#include <tfm/nn/encode.hpp>

#include "../nn/small_model.hpp"
#include "encoder_cases.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Largest difference over the standard deviation of what is compared.
constexpr double tolerance = 1e-4;

/// Compares what `run(workspace, out)` writes, whatever the chunks and threads.
template <EncoderShape S, class Run>
void expect_tensor(const EncoderReference& reference, const char* tensor, Run run)
{
    std::vector<float> const expected = read_numbers<float, float>(reference.file, tensor);
    for (EncoderWorkspaceOptions const options :
         {EncoderWorkspaceOptions{.max_rows = 512, .threads = 1},
          EncoderWorkspaceOptions{.max_rows = 512, .threads = 2},
          EncoderWorkspaceOptions{.max_rows = S.context, .threads = 3}}) {
        typename Encoder<S>::Workspace workspace(options);
        std::vector<float> found(expected.size());
        run(workspace, found.data());
        EXPECT_LT(relative_difference(expected, found), tolerance)
            << tensor << ": chunks of " << options.max_rows << ", " << options.threads
            << " threads";
    }
}

template <EncoderShape S>
void expect_hidden(const char* name)
{
    auto const model = Encoder<S>::load(encoder_folder(name));
    EncoderReference const reference(name);
    expect_tensor<S>(reference, "hidden", [&](auto& workspace, float* out) {
        std::size_t const rows = reference.file.at("hidden").shape[0];
        encode(model, workspace, reference.batch, {out, {rows, S.width}});
    });
}

template <EncoderShape S>
void expect_pooled(const char* name, const char* tensor)
{
    auto const model = Encoder<S>::load(encoder_folder(name));
    EncoderReference const reference(name);
    expect_tensor<S>(reference, tensor, [&](auto& workspace, float* out) {
        encode_pooled(model, workspace, reference.batch, {out, {reference.batch.size(), S.width}});
    });
}

template <EncoderShape S>
void expect_logits(const char* name)
{
    auto const model = Encoder<S>::load(encoder_folder(name));
    EncoderReference const reference(name);
    expect_tensor<S>(reference, "logits", [&](auto& workspace, float* out) {
        classify(model, workspace, reference.batch, {out, {reference.batch.size(), S.labels}});
    });
}

TEST(Bert, ClassifiesAsTransformersDoes)
{
    expect_hidden<bert_classifier>("bert_width36_classifier");
    expect_pooled<bert_classifier>("bert_width36_classifier", "pooled");
    expect_logits<bert_classifier>("bert_width36_classifier");
}

TEST(Bert, EncodesAsTransformersDoes)
{
    expect_hidden<bert_old_norms>("bert_width50_old_norms");
    expect_pooled<bert_old_norms>("bert_width50_old_norms", "pooled");
}

TEST(DistilBert, ClassifiesAsTransformersDoes)
{
    expect_hidden<distilbert_classifier>("distilbert_width33_classifier");
    expect_logits<distilbert_classifier>("distilbert_width33_classifier");
}

TEST(DistilBert, EncodesAsTransformersDoes)
{
    expect_hidden<distilbert_relu>("distilbert_width56_relu");
    expect_pooled<distilbert_relu>("distilbert_width56_relu", "mean");
}

} // namespace
