#pragma once

/// \file
/// Decoders and encoders from a Hugging Face folder.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "family.hpp"
#include "model_folder.hpp"
#include "orientation.hpp"
#include "packed_file.hpp"
#include "parameter_loader.hpp"
#include "shape_check.hpp"
#include "tied_head.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Fails unless a checkpoint has a tensor for each layer and a byte for each parameter of a shape:
/// less than any has. Layers are compared first, since counting parameters walks them.
template <class Shape>
void require_room_for(const WeightFiles& weights, const Shape& shape)
{
    std::size_t const tensors = weights.tensors.size();
    require(shape.layers <= tensors, [&] {
        return weights.path.string() + ": expected tensors of the " + std::to_string(shape.layers) +
               " layers that config.json describes, found " + std::to_string(tensors) + " tensors";
    });
    std::size_t const bytes = weights.tensors.bytes();
    std::size_t const parameters = shape.parameters();
    require(parameters <= bytes, [&] {
        return weights.path.string() + ": expected the " + std::to_string(parameters) +
               " parameters that config.json describes, found tensors of " + std::to_string(bytes) +
               " bytes";
    });
}

/// Fails where open weights cannot hold what the shape describes, before there is memory for it: a
/// config.json of a few bytes must not cost gigabytes.
template <class Shape>
void check_weights(const WeightFiles& weights, const Shape& shape, Dtype dtype)
{
    check_rules(shape);
    if (weights.is_packed)
        packed_detail::check_metadata(weights.files.front(), packed_detail::sizes_of(shape), dtype);
    require_room_for(weights, shape);
}

/// Fills the parameters of blocks of this shape, and what stands around them, from a checkpoint,
/// which `path` names in errors.
inline void load_list(std::span<const ParameterTensor> parameters, const BlockShape& block,
                      const TensorIndex& tensors, const std::filesystem::path& path,
                      const CheckpointNames& names, Dtype dtype)
{
    CheckpointNames const stated =
        checkpoint_detail::with_orientation(names, tensors, path, block, parameters);
    ParameterReader const reader(tensors, path, stated.prefix);
    ParameterLoader(reader, stated, block, dtype).load(parameters);
}

/// The same of a decoder or an encoder.
template <class Weights>
void load_parameters(Weights& weights, const TensorIndex& tensors,
                     const std::filesystem::path& path, const CheckpointNames& names, Dtype dtype)
{
    weights.is_filled = false;
    load_list(nn_detail::list_parameters(weights), weights.block_shape, tensors, path, names,
              dtype);
    weights.is_filled = true;
}

/// The same from files that `check_weights` has passed, which may be packed.
template <class Weights>
void load_weight_files(Weights& weights, WeightFiles files, const CheckpointNames& names,
                       Dtype dtype)
{
    if (files.is_packed) {
        packed_detail::map(weights, std::move(files.files.front()));
    } else {
        load_parameters(weights, files.tensors, files.path, names, dtype);
    }
}

/// A decoder or an encoder of the kind `stated` from its open folder.
template <class Model, Precision P, class Opened, class Shape>
Model load_model(Opened opened, const std::filesystem::path& folder, const Shape& stated,
                 InnerFeatures<P> inner_features)
{
    auto const& family = opened.family;
    Shape const shape = shape_to_load(folder / "config.json", stated, family.shape, family.fields);
    check_weights(opened.weights, shape, P.weights);
    Model model{decltype(Model::weights)(shape), inner_features};
    load_weight_files(model.weights, std::move(opened.weights), CheckpointNames(family.names),
                      P.weights);
    return model;
}

/// What `Decoder::load` does for a decoder of the kind `stated`.
template <Precision P>
DecoderModel<P> load_decoder(const std::filesystem::path& folder, const DecoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    return load_model<DecoderModel<P>, P>(open_decoder_folder(folder, P.weights), folder, stated,
                                          inner_features);
}

/// The same of an encoder.
template <Precision P>
EncoderModel<P> load_encoder(const std::filesystem::path& folder, const EncoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    return load_model<EncoderModel<P>, P>(open_encoder_folder(folder, P.weights), folder, stated,
                                          inner_features);
}

/// Fills a decoder from a checkpoint, whose head must be what the shape says of it.
template <DecoderShape S, Precision P>
void load_named(const TensorIndex& tensors, const std::filesystem::path& path,
                const DecoderNames& names, Decoder<S, P>& model)
{
    require(!model.sizes().tied_head || !has_another_head(tensors, names), [&] {
        return path.string() + ": " + std::string(names.head) +
               ": expected the token embedding, to which the shape ties the head, found other "
               "numbers; load it with a shape whose tied_head is false";
    });
    load_parameters(model.model().weights, tensors, path, CheckpointNames(names), P.weights);
}

/// Fills an encoder.
template <EncoderShape S, Precision P>
void load_named(const TensorIndex& tensors, const std::filesystem::path& path,
                const EncoderNames& names, Encoder<S, P>& model)
{
    load_parameters(model.model().weights, tensors, path, CheckpointNames(names), P.weights);
}

} // namespace detail

/// Fills a decoder from an open checkpoint whose tensors have the given names.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <DecoderShape S, Precision P>
void load_parameters(const SafeTensors& file, const DecoderNames& names, Decoder<S, P>& model)
{
    detail::load_named(TensorIndex({&file, 1}), file.path(), names, model);
}

/// The same of an encoder.
template <EncoderShape S, Precision P>
void load_parameters(const SafeTensors& file, const EncoderNames& names, Encoder<S, P>& model)
{
    detail::load_named(TensorIndex({&file, 1}), file.path(), names, model);
}

/// A decoder of shape S, whose sizes are numbers, from FOLDER/model.safetensors or the shards that
/// FOLDER/model.safetensors.index.json names, whatever a config.json says. Throws `tfm::Error`
/// naming file, tensor, expected and found.
template <DecoderShape S, Precision P = precision::fp32>
requires(S.is_static()) Decoder<S, P> load_weights(const std::filesystem::path& folder,
                                                   const DecoderNames& names)
{
    Decoder<S, P> model;
    WeightFiles const weights = open_checkpoint(folder);
    detail::load_named(weights.tensors, weights.path, names, model);
    return model;
}

/// An encoder likewise.
template <EncoderShape S, Precision P = precision::fp32>
requires(S.is_static()) Encoder<S, P> load_weights(const std::filesystem::path& folder,
                                                   const EncoderNames& names)
{
    Encoder<S, P> model;
    WeightFiles const weights = open_checkpoint(folder);
    detail::load_named(weights.tensors, weights.path, names, model);
    return model;
}

/// \deprecated `load_weights`, as decoders have it.
template <EncoderShape S, Precision P = precision::fp32>
[[deprecated("use load_weights")]] Encoder<S, P>
load_encoder_weights(const std::filesystem::path& folder, const EncoderNames& names)
{
    return load_weights<S, P>(folder, names);
}

/// \deprecated `load_parameters`, as decoders have it.
template <EncoderShape S, Precision P>
[[deprecated("use load_parameters")]] void
load_encoder_parameters(const SafeTensors& file, const EncoderNames& names, Encoder<S, P>& model)
{
    load_parameters(file, names, model);
}

template <DecoderShape S, Precision P>
Decoder<S, P> Decoder<S, P>::load(const std::filesystem::path& folder)
{
    return Decoder(detail::load_decoder<P>(folder, S, inner_features));
}

template <EncoderShape S, Precision P>
Encoder<S, P> Encoder<S, P>::load(const std::filesystem::path& folder)
{
    return Encoder(detail::load_encoder<P>(folder, S, inner_features));
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
