#pragma once

/// \file
/// Decoders and encoders from a Hugging Face folder.

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "family.hpp"
#include "packed_file.hpp"
#include "parameter_loader.hpp"
#include "shape_check.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Fails unless a file has a tensor for each layer and a byte for each parameter of a shape: less
/// than any checkpoint has. Layers are compared first, since counting parameters walks them.
template <class Shape>
void require_room_for(const SafeTensors& file, const Shape& shape)
{
    std::size_t const tensors = file.tensors().size();
    require(shape.layers <= tensors, [&] {
        return file.path().string() + ": expected tensors of the " + std::to_string(shape.layers) +
               " layers that config.json describes, found " + std::to_string(tensors) + " tensors";
    });
    std::size_t bytes = 0;
    for (const TensorInfo& tensor : file.tensors()) bytes += tensor.bytes.size();
    std::size_t const parameters = shape.parameters();
    require(parameters <= bytes, [&] {
        return file.path().string() + ": expected the " + std::to_string(parameters) +
               " parameters that config.json describes, found tensors of " + std::to_string(bytes) +
               " bytes";
    });
}

/// Fills the parameters of a decoder or an encoder from an open checkpoint.
template <class Weights>
void load_parameters(Weights& weights, const SafeTensors& file, const CheckpointNames& names,
                     Dtype dtype)
{
    ParameterLoader(file, names, weights.block_shape, dtype)
        .load(nn_detail::list_parameters(weights));
}

/// A folder's weights, open before there is memory for them.
struct WeightsFile {
    SafeTensors file;
    bool is_packed; ///< to be mapped rather than read
};

/// FOLDER/model.safetensors, or FOLDER's packed file. One of other weights is an error only where
/// there is nothing to pack again from.
inline WeightsFile choose_weights(const std::filesystem::path& folder, Dtype dtype)
{
    auto const checkpoint = folder / "model.safetensors";
    std::error_code ignored;
    if (auto const packed = folder / packed_file_name; std::filesystem::exists(packed, ignored)) {
        SafeTensors file = SafeTensors::open(packed);
        if (has_weights_of(file, dtype) || !std::filesystem::exists(checkpoint, ignored))
            return {std::move(file), true};
    }
    return {SafeTensors::open(checkpoint), false};
}

/// The same, where the file can hold what the shape describes: a config.json of a few bytes must
/// not cost gigabytes. Throws `tfm::Error` where it cannot.
template <class Shape>
WeightsFile open_weights(const std::filesystem::path& folder, const Shape& shape, Dtype dtype)
{
    check_rules(shape);
    WeightsFile opened = choose_weights(folder, dtype);
    if (opened.is_packed)
        packed_detail::check_metadata(opened.file, packed_detail::sizes_of(shape), dtype);
    require_room_for(opened.file, shape);
    return opened;
}

/// Fills the parameters from what `open_weights` returned.
template <class Weights>
void load_weights_file(Weights& weights, WeightsFile opened, const CheckpointNames& names,
                       Dtype dtype)
{
    if (opened.is_packed) {
        packed_detail::map(weights, std::move(opened.file));
    } else {
        load_parameters(weights, opened.file, names, dtype);
    }
}

/// A decoder or an encoder of the kind `stated` from a folder of this family.
template <class Model, Precision P, class Family, class Shape>
Model load_model(const Family& family, const std::filesystem::path& folder, const Shape& stated,
                 InnerFeatures<P> inner_features)
{
    Shape const shape = shape_to_load(folder / "config.json", stated, family.shape, family.fields);
    WeightsFile file = open_weights(folder, shape, P.weights);
    Model model{decltype(Model::weights)(shape), inner_features};
    load_weights_file(model.weights, std::move(file), CheckpointNames(family.names), P.weights);
    return model;
}

/// What `Decoder::load` does for a decoder of the kind `stated`.
template <Precision P>
DecoderModel<P> load_decoder(const std::filesystem::path& folder, const DecoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    return load_model<DecoderModel<P>, P>(read_family(folder), folder, stated, inner_features);
}

/// The same of an encoder.
template <Precision P>
EncoderModel<P> load_encoder(const std::filesystem::path& folder, const EncoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    return load_model<EncoderModel<P>, P>(read_encoder_family(folder), folder, stated,
                                          inner_features);
}

} // namespace detail

/// Fills a decoder from an open checkpoint whose tensors have the given names.
/// Throws `tfm::Error` naming file, tensor, expected and found.
template <DecoderShape S, Precision P>
void load_parameters(const SafeTensors& file, const DecoderNames& names, Decoder<S, P>& model)
{
    detail::load_parameters(model.model().weights, file, CheckpointNames(names), P.weights);
}

/// The same of an encoder.
template <EncoderShape S, Precision P>
void load_parameters(const SafeTensors& file, const EncoderNames& names, Encoder<S, P>& model)
{
    detail::load_parameters(model.model().weights, file, CheckpointNames(names), P.weights);
}

/// A decoder of shape S, whose sizes are numbers, from FOLDER/model.safetensors, whatever a
/// config.json says. Throws `tfm::Error` naming file, tensor, expected and found.
template <DecoderShape S, Precision P = precision::fp32>
requires(S.is_static()) Decoder<S, P> load_weights(const std::filesystem::path& folder,
                                                   const DecoderNames& names)
{
    Decoder<S, P> model;
    load_parameters(SafeTensors::open(folder / "model.safetensors"), names, model);
    return model;
}

/// An encoder likewise.
template <EncoderShape S, Precision P = precision::fp32>
requires(S.is_static()) Encoder<S, P> load_weights(const std::filesystem::path& folder,
                                                   const EncoderNames& names)
{
    Encoder<S, P> model;
    load_parameters(SafeTensors::open(folder / "model.safetensors"), names, model);
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
