/// \file
/// Encoders' config.json files and checkpoints: what they describe, and what is refused.

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tfm/models/bert.hpp>
#include <tfm/models/load.hpp>
#include <tfm/models/random_checkpoint.hpp>

#include "../io/scratch_folder.hpp"

namespace {

using namespace tfm;
using Fields = nlohmann::json;
using tfm_test::error_of;

Fields bert_config()
{
    return {{"model_type", "bert"},     {"vocab_size", 97},       {"hidden_size", 36},
            {"num_attention_heads", 3}, {"num_hidden_layers", 2}, {"intermediate_size", 70},
            {"hidden_act", "gelu"},     {"type_vocab_size", 2},   {"max_position_embeddings", 41}};
}

EncoderShape read(const Fields& fields, const ShapeFields& names,
                  const EncoderShape& defaults = bert::base_uncased)
{
    return read_encoder_shape(HuggingFaceConfig("config.json", fields.dump()), names, defaults);
}

/// The error after setting one field.
std::string refusal(const char* field, const Fields& value)
{
    Fields fields = bert_config();
    fields[field] = value;
    return error_of([&] { (void)read(fields, bert_fields); });
}

TEST(EncoderConfig, DescribesABert)
{
    constexpr EncoderShape expected{
        .vocab = 97, .context = 41, .width = 36, .heads = 3, .layers = 2, .mlp_width = 70};
    EXPECT_EQ(read(bert_config(), bert_fields), expected);
    EXPECT_EQ(refusal("position_embedding_type", "absolute"), "");
    EXPECT_EQ(refusal("pruned_heads", Fields::object()), "");
    EXPECT_EQ(refusal("is_decoder", false), "");
}

TEST(EncoderConfig, DescribesADistilBert)
{
    Fields const fields{{"vocab_size", 97},
                        {"dim", 36},
                        {"n_heads", 3},
                        {"n_layers", 2},
                        {"hidden_dim", 70},
                        {"activation", "relu"},
                        {"max_position_embeddings", 41}};
    constexpr EncoderShape expected{.vocab = 97,
                                    .context = 41,
                                    .width = 36,
                                    .heads = 3,
                                    .layers = 2,
                                    .mlp_width = 70,
                                    .token_types = 0,
                                    .activation = Activation::relu};
    EXPECT_EQ(read(fields, distilbert_fields), expected);
    // transformers takes the general names of these sizes for the same.
    Fields general = fields;
    for (auto const& [own, other] :
         {std::pair("dim", "hidden_size"), std::pair("n_heads", "num_attention_heads"),
          std::pair("n_layers", "num_hidden_layers")}) {
        general[other] = general[own];
        general.erase(own);
    }
    EXPECT_EQ(read(general, distilbert_fields), expected);
}

// The defaults of transformers' BertConfig and DistilBertConfig.
TEST(EncoderConfig, WhatIsNotGivenIsAsInTransformersClass)
{
    EncoderShape expected = bert::base_uncased;
    expected.pooler = Pooler::none;
    EXPECT_EQ(read(Fields::object(), bert_fields), expected);
    EXPECT_EQ(read(Fields::object(), distilbert_fields, distilbert::base_uncased),
              distilbert::base_uncased);
    EXPECT_EQ(read({{"hidden_size", 24}}, bert_fields).hidden(), 3072U);
    EXPECT_NE(refusal("type_vocab_size", nullptr), "");
}

TEST(EncoderConfig, IsRefusedWhereItsArithmeticIsAnother)
{
    EXPECT_EQ(refusal("position_embedding_type", "relative_key"),
              "config.json: field 'position_embedding_type': expected 'absolute', found "
              "'relative_key'");
    EXPECT_EQ(refusal("is_decoder", true),
              "config.json: field 'is_decoder': expected nothing or false, found true");
    EXPECT_EQ(refusal("num_attention_heads", 5),
              "config.json: field 'num_attention_heads': expected a divisor of hidden_size (36), "
              "found 5");
    EXPECT_NE(refusal("pruned_heads", {{"0", {1}}}), "");
    EXPECT_NE(refusal("hidden_act", "tanh"), "");
    EXPECT_NE(refusal("layer_norm_eps", 0), "");
    EXPECT_NE(refusal("hidden_size", nullptr), "");
    EXPECT_NE(refusal("type_vocab_size", 0), "");
    EXPECT_NE(refusal("quantization_config", {{"bits", 8}}), "");
}

constexpr EncoderShape small{.vocab = 19,
                             .context = 8,
                             .width = 12,
                             .heads = 3,
                             .layers = 1,
                             .mlp_width = 20,
                             .token_types = 0,
                             .pooler = Pooler::relu,
                             .labels = 2};

/// A copy of `small` that `change` has changed.
template <class Change>
constexpr EncoderShape changed(Change change)
{
    EncoderShape shape = small;
    change(shape);
    return shape;
}

template <EncoderShape S>
std::string load_error(const std::filesystem::path& folder)
{
    return error_of([&] { (void)Encoder<S>::load(folder); });
}

TEST(EncoderFolder, IsLoadedWithTheHeadThatTheShapeHas)
{
    tfm_test::ScratchFolder const folder;
    write_random_checkpoint(folder.path(), small, 1);
    EXPECT_EQ(load_error<small>(folder.path()), "");
    constexpr EncoderShape plain = changed([](EncoderShape& shape) {
        shape.labels = 0;
        shape.pooler = Pooler::none;
    });
    EXPECT_EQ(load_error<plain>(folder.path()), "");
    constexpr EncoderShape wordy = changed([](EncoderShape& shape) { shape.labels = 3; });
    EXPECT_EQ(load_error<wordy>(folder.path()),
              (folder / "model.safetensors").string() +
                  ": tensor 'classifier.weight': expected shape [3, 12], found [2, 12]");
}

TEST(EncoderFolder, IsComparedWithTheCompiledShape)
{
    auto const difference = [](auto change) {
        EncoderShape compiled = small;
        change(compiled);
        return error_of([&] { check_shape("config.json", compiled, small, distilbert_fields); });
    };
    EXPECT_EQ(difference([](EncoderShape& shape) { shape.labels = 0; }), "");
    EXPECT_EQ(difference([](EncoderShape& shape) { shape.layers = 2; }),
              "config.json: n_layers: expected 2 as in the shape this model was compiled for, "
              "found 1");
    EXPECT_EQ(difference([](EncoderShape& shape) { shape.norm_epsilon = 1e-5F; }),
              "config.json: layer_norm_eps: expected 1e-05 as in the shape this model was compiled "
              "for, found 1e-12");
    EXPECT_NE(difference([](EncoderShape& shape) { shape.vocab = 20; }), "");
    EXPECT_NE(difference([](EncoderShape& shape) { shape.token_types = 2; }), "");
    EXPECT_NE(difference([](EncoderShape& shape) { shape.activation = Activation::relu; }), "");
}

TEST(EncoderFolder, OfAnUnknownFamilyIsRefused)
{
    tfm_test::ScratchFolder const folder;
    folder.write("config.json", R"({"model_type": "roberta"})");
    EXPECT_EQ(load_error<small>(folder.path()),
              (folder / "config.json").string() +
                  ": field 'model_type': expected 'bert' or 'distilbert', found 'roberta'");
}

TEST(RandomEncoder, RefusesAShapeThatNoDistilBertHas)
{
    tfm_test::ScratchFolder const folder;
    EncoderShape shape = small;
    shape.token_types = 2;
    EXPECT_NE(error_of([&] { write_random_checkpoint(folder.path(), shape, 1); }), "");
    shape = small;
    shape.heads = 5;
    EXPECT_NE(error_of([&] { write_random_checkpoint(folder.path(), shape, 1); }), "");
    EXPECT_EQ(folder.count(), 0U);
}

} // namespace
