#pragma once

/// \file
/// BERT (Devlin et al. 2018): shapes, config.json and weight names.

#include <filesystem>

#include "../nn/encoder_shape.hpp"
#include "config_writer.hpp"
#include "encoder_config.hpp"
#include "encoder_names.hpp"

namespace tfm {

/// Shapes of the published models, with BERT's pooler. Set `labels` for a classifier.
namespace bert {
/// bert-base-uncased.
inline constexpr EncoderShape base_uncased{.vocab = 30522,
                                           .context = 512,
                                           .width = 768,
                                           .heads = 12,
                                           .layers = 12,
                                           .pooler = Pooler::tanh};
/// bert-large-uncased.
inline constexpr EncoderShape large_uncased{.vocab = 30522,
                                            .context = 512,
                                            .width = 1024,
                                            .heads = 16,
                                            .layers = 24,
                                            .pooler = Pooler::tanh};
/// Any size.
inline constexpr EncoderShape any = base_uncased.form();
} // namespace bert

/// What BERT's config.json calls the sizes.
inline constexpr ShapeFields bert_fields{.token_types = "type_vocab_size"};

inline namespace TFM_BUILD_NAMESPACE {

/// Writes FOLDER/config.json as transformers reads it; the folder must exist.
/// \throws tfm::Error when it cannot be written.
inline void write_bert_config(const std::filesystem::path& folder, const EncoderShape& shape)
{
    detail::ConfigWriter config("bert",
                                shape.labels > 0 ? "BertForSequenceClassification" : "BertModel");
    config.add_sizes(bert_fields, shape);
    config.add(bert_fields.token_types, shape.token_types);
    config.add("num_labels", shape.labels);
    config.write(folder);
}

} // namespace TFM_BUILD_NAMESPACE

/// Names in Hugging Face's BERT checkpoints, with and without the prefix of the task's model.
inline constexpr EncoderNames bert_names{
    .body = {.prefix = "bert.",
             .token_embedding = "embeddings.word_embeddings.weight",
             .position_embedding = "embeddings.position_embeddings.weight",
             .attention_norm = "encoder.layer.{}.attention.output.LayerNorm",
             .qkv_storage = QkvStorage::three_matrices,
             .query = "encoder.layer.{}.attention.self.query",
             .key = "encoder.layer.{}.attention.self.key",
             .value = "encoder.layer.{}.attention.self.value",
             .attention_projection = "encoder.layer.{}.attention.output.dense",
             .mlp_norm = "encoder.layer.{}.output.LayerNorm",
             .mlp_up = "encoder.layer.{}.intermediate.dense",
             .mlp_down = "encoder.layer.{}.output.dense",
             .orientation = Orientation::out_in},
    .type_embedding = "embeddings.token_type_embeddings.weight",
    .embedding_norm = "embeddings.LayerNorm",
    .pooler = "pooler.dense"};

} // namespace tfm
