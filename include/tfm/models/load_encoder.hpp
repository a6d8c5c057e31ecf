#pragma once

/// \file
/// An encoder from a Hugging Face folder.

#include <cstddef>
#include <filesystem>
#include <string>

#include "../io/safetensors.hpp"
#include "../nn/encoder.hpp"
#include "bert.hpp"
#include "distilbert.hpp"
#include "load.hpp"
#include "parameter_reader.hpp"
#include "shape_check.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Fails on the first field in which a config.json differs from the shape that is compiled in.
/// Pooling, pooler and labels are the program's choice. Throws `tfm::Error` naming the file, the
/// field, expected and found.
inline void check_encoder_shape(const std::filesystem::path& config, const EncoderShape& compiled,
                                const EncoderShape& found, const EncoderFields& fields)
{
    detail::ShapeCheck const check(config);
    check.same("vocab_size", compiled.vocab, found.vocab);
    check.same(fields.context, compiled.context, found.context);
    check.same(fields.width, compiled.width, found.width);
    check.same(fields.heads, compiled.heads, found.heads);
    check.same(fields.layers, compiled.layers, found.layers);
    check.same(fields.mlp_width, compiled.hidden(), found.hidden());
    check.same("type_vocab_size", compiled.token_types, found.token_types);
    check.same("layer_norm_eps", compiled.norm_epsilon, found.norm_epsilon);
    check.same(fields.activation, compiled.activation, found.activation);
}

} // namespace TFM_BUILD_NAMESPACE

inline namespace TFM_ISA_NAMESPACE {

/// What a folder's config.json describes, and what its family calls things.
struct EncoderFamily {
    EncoderShape shape;   ///< sizes and choices
    EncoderNames names;   ///< the checkpoint's names
    EncoderFields fields; ///< config.json's names
};

/// Reads FOLDER/config.json. Throws `tfm::Error` naming the file, the field, expected and found for
/// a family that is not known, a field of the wrong type or range, or one that asks for arithmetic
/// that is not implemented.
inline EncoderFamily read_encoder_family(const std::filesystem::path& folder)
{
    HuggingFaceConfig const json = HuggingFaceConfig::open(folder);
    auto const type = json.string("model_type");
    if (type == "bert") return {read_encoder_shape(json, bert_fields), bert_names, bert_fields};
    if (type == "distilbert") {
        return {read_encoder_shape(json, distilbert_fields), distilbert_names, distilbert_fields};
    }
    json.refuse("model_type", "'bert' or 'distilbert'");
}

namespace detail {

/// A layer norm, whose gain and bias BERT's first checkpoints call gamma and beta.
template <std::size_t N>
void read_bert_norm(const SafeTensors& file, const EncoderNames& names, const std::string& name,
                    LayerNorm<N>& norm)
{
    ParameterReader const reader(file, names.body.prefix);
    bool const is_old = file.find(name + ".gamma") != nullptr ||
                        file.find(std::string(names.body.prefix) + name + ".gamma") != nullptr;
    reader.read_vector(name + (is_old ? ".gamma" : ".weight"), norm.gain);
    reader.read_vector(name + (is_old ? ".beta" : ".bias"), norm.bias);
}

/// What stands on top of the blocks; its names have a prefix or not, as the task's model has it.
template <EncoderShape S, Precision P>
void read_encoder_head(const ParameterReader& reader, const EncoderNames& names,
                       Encoder<S, P>& model)
{
    Orientation const orientation = names.body.orientation;
    if constexpr (S.pooler != Pooler::none) {
        read_linear(reader, std::string(names.pooler), orientation, model.pooler);
    }
    if constexpr (S.labels > 0) {
        read_linear(reader, std::string(names.classifier), orientation, model.classifier);
    }
}

} // namespace detail

/// Fills an encoder from an open checkpoint whose tensors have the given names.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <EncoderShape S, Precision P>
void load_encoder_parameters(const SafeTensors& file, const EncoderNames& names,
                             Encoder<S, P>& model)
{
    ParameterReader const reader(file, names.body.prefix);
    reader.read_matrix(std::string(names.body.token_embedding), model.token_embedding);
    reader.read_matrix(std::string(names.body.position_embedding), model.position_embedding);
    if constexpr (S.token_types > 0) {
        reader.read_matrix(std::string(names.type_embedding), model.type_embedding);
    }
    detail::read_bert_norm(file, names, std::string(names.embedding_norm), model.embedding_norm);
    for (std::size_t i = 0; i < S.layers; ++i) {
        auto& block = (*model.blocks)[i];
        detail::read_attention<S.body()>(reader, names.body, i, block.attention);
        detail::read_bert_norm(file, names, block_name(names.body.attention_norm, i),
                               block.attention_norm);
        detail::read_mlp<S.body()>(reader, names.body, i, block.mlp);
        detail::read_bert_norm(file, names, block_name(names.body.mlp_norm, i), block.mlp_norm);
    }
    detail::read_encoder_head(reader, names, model);
}

/// An encoder of shape S from FOLDER/model.safetensors, whatever a config.json says.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <EncoderShape S, Precision P = precision::fp32>
Encoder<S, P> load_encoder_weights(const std::filesystem::path& folder, const EncoderNames& names)
{
    SafeTensors const file = SafeTensors::open(folder / "model.safetensors");
    Encoder<S, P> model;
    load_encoder_parameters(file, names, model);
    return model;
}

template <EncoderShape S, Precision P>
Encoder<S, P> Encoder<S, P>::load(const std::filesystem::path& folder)
{
    EncoderFamily const family = read_encoder_family(folder);
    check_encoder_shape(folder / "config.json", S, family.shape, family.fields);
    return load_encoder_weights<S, P>(folder, family.names);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
