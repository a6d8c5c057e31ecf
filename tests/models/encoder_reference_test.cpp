/// \file
/// Encoders against PyTorch: random models of odd shapes, computed in float64 by
/// torch.nn.TransformerEncoder over a padded batch (tools/make_encoder_references.py).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/load_encoder.hpp>
#include <tfm/nn/encode.hpp>
#include <tfm/nn/padded_batch.hpp>

#include "../nn/small_model.hpp"
#include "reference_file.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

/// Largest difference over the standard deviation of what is compared.
constexpr double tolerance = 1e-4;

std::filesystem::path folder_of(const char* name)
{
    return std::filesystem::path(TFM_TEST_DATA) / "encoders" / name;
}

/// The padded batch that PyTorch was given, and what it made of it.
struct Reference {
    explicit Reference(const char* name)
        : file(SafeTensors::open(folder_of(name) / "expected.safetensors")),
          tokens(read_numbers<Token, std::int64_t>(file, "tokens")),
          mask(read_numbers<Token, std::int64_t>(file, "mask")),
          types(read_numbers<Token, std::int64_t>(file, "types")),
          batch(without_padding({file.at("tokens").shape[1], tokens, mask, types}))
    {
    }

    SafeTensors file;
    std::vector<Token> tokens;
    std::vector<Token> mask;
    std::vector<Token> types;
    std::vector<EncoderInput> batch;
};

/// Compares what `run(workspace, out)` writes, whatever the chunks and threads.
template <EncoderShape S, class Run>
void expect_tensor(const Reference& reference, const char* tensor, Run run)
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
    auto const model = Encoder<S>::load(folder_of(name));
    Reference const reference(name);
    expect_tensor<S>(reference, "hidden", [&](auto& workspace, float* out) {
        std::size_t const rows = reference.file.at("hidden").shape[0];
        encode(model, workspace, reference.batch, {out, {rows, S.width}});
    });
}

template <EncoderShape S>
void expect_pooled(const char* name, const char* tensor)
{
    auto const model = Encoder<S>::load(folder_of(name));
    Reference const reference(name);
    expect_tensor<S>(reference, tensor, [&](auto& workspace, float* out) {
        encode_pooled(model, workspace, reference.batch, {out, {reference.batch.size(), S.width}});
    });
}

template <EncoderShape S>
void expect_logits(const char* name)
{
    auto const model = Encoder<S>::load(folder_of(name));
    Reference const reference(name);
    expect_tensor<S>(reference, "logits", [&](auto& workspace, float* out) {
        classify(model, workspace, reference.batch, {out, {reference.batch.size(), S.labels}});
    });
}

TEST(Bert, ClassifiesAsPyTorchDoes)
{
    constexpr EncoderShape shape{.vocab = 97,
                                 .context = 41,
                                 .width = 36,
                                 .heads = 3,
                                 .layers = 2,
                                 .mlp_width = 70,
                                 .pooler = Pooler::tanh,
                                 .labels = 3};
    expect_hidden<shape>("bert_width36_classifier");
    expect_pooled<shape>("bert_width36_classifier", "pooled");
    expect_logits<shape>("bert_width36_classifier");
}

TEST(Bert, EncodesAsPyTorchDoes)
{
    constexpr EncoderShape shape{.vocab = 101,
                                 .context = 150,
                                 .width = 50,
                                 .heads = 5,
                                 .layers = 3,
                                 .mlp_width = 66,
                                 .token_types = 3,
                                 .activation = Activation::gelu_tanh,
                                 .norm_epsilon = 1e-5F,
                                 .pooler = Pooler::tanh};
    expect_hidden<shape>("bert_width50_old_norms");
    expect_pooled<shape>("bert_width50_old_norms", "pooled");
}

TEST(DistilBert, ClassifiesAsPyTorchDoes)
{
    constexpr EncoderShape shape{.vocab = 97,
                                 .context = 39,
                                 .width = 33,
                                 .heads = 3,
                                 .layers = 2,
                                 .mlp_width = 47,
                                 .token_types = 0,
                                 .pooler = Pooler::relu,
                                 .labels = 2};
    expect_hidden<shape>("distilbert_width33_classifier");
    expect_logits<shape>("distilbert_width33_classifier");
}

TEST(DistilBert, EncodesAsPyTorchDoes)
{
    constexpr EncoderShape shape{.vocab = 103,
                                 .context = 35,
                                 .width = 56,
                                 .heads = 7,
                                 .layers = 2,
                                 .mlp_width = 80,
                                 .token_types = 0,
                                 .activation = Activation::relu,
                                 .pooling = Pooling::mean};
    expect_hidden<shape>("distilbert_width56_relu");
    expect_pooled<shape>("distilbert_width56_relu", "mean");
}

} // namespace
