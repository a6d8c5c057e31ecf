#pragma once

/// \file
/// DistilBERT (Sanh et al. 2019): shapes, config.json and weight names.

#include <filesystem>

#include "../nn/encoder_shape.hpp"
#include "config_writer.hpp"
#include "encoder_config.hpp"
#include "encoder_names.hpp"

namespace tfm {

/// Shapes of the published models.
namespace distilbert {
/// distilbert-base-uncased.
inline constexpr EncoderShape base_uncased{
    .vocab = 30522, .context = 512, .width = 768, .heads = 12, .layers = 6, .token_types = 0};
/// With two labels, as fine-tuned on the sentiments of SST-2.
inline constexpr EncoderShape sst2 = [] {
    EncoderShape shape = base_uncased;
    shape.pooler = Pooler::relu;
    shape.labels = 2;
    return shape;
}();
/// Any size, without pooler and classifier.
inline constexpr EncoderShape any = base_uncased.form();
/// Any size, with two labels.
inline constexpr EncoderShape any_sst2 = sst2.form();
} // namespace distilbert

/// What DistilBERT's config.json calls the sizes. There are no token types, and its epsilon is
/// fixed.
inline constexpr ShapeFields distilbert_fields{.width = "dim",
                                               .heads = "n_heads",
                                               .layers = "n_layers",
                                               .mlp_width = "hidden_dim",
                                               .norm_epsilon = {},
                                               .activation = "activation"};

inline namespace TFM_BUILD_NAMESPACE {

/// Writes FOLDER/config.json as transformers reads it; the folder must exist.
/// \throws tfm::Error when it cannot be written.
inline void write_distilbert_config(const std::filesystem::path& folder, const EncoderShape& shape)
{
    detail::ConfigWriter config(
        "distilbert", shape.labels > 0 ? "DistilBertForSequenceClassification" : "DistilBertModel");
    config.add_sizes(distilbert_fields, shape);
    config.add("num_labels", shape.labels);
    config.write(folder);
}

} // namespace TFM_BUILD_NAMESPACE

/// Names in Hugging Face's DistilBERT checkpoints, with and without the prefix of the task's model.
inline constexpr EncoderNames distilbert_names{
    .body = {.prefix = "distilbert.",
             .token_embedding = "embeddings.word_embeddings.weight",
             .position_embedding = "embeddings.position_embeddings.weight",
             .attention_norm = "transformer.layer.{}.sa_layer_norm",
             .qkv_storage = QkvStorage::three_matrices,
             .query = "transformer.layer.{}.attention.q_lin",
             .key = "transformer.layer.{}.attention.k_lin",
             .value = "transformer.layer.{}.attention.v_lin",
             .attention_projection = "transformer.layer.{}.attention.out_lin",
             .mlp_norm = "transformer.layer.{}.output_layer_norm",
             .mlp_up = "transformer.layer.{}.ffn.lin1",
             .mlp_down = "transformer.layer.{}.ffn.lin2",
             .orientation = Orientation::out_in},
    .embedding_norm = "embeddings.LayerNorm",
    .pooler = "pre_classifier",
    .pooler_in_body = false};

} // namespace tfm
