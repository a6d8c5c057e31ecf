#pragma once

/// \file
/// Decoders and encoders from a Hugging Face folder.

#include <filesystem>
#include <utility>

#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "family.hpp"
#include "packed_file.hpp"
#include "parameter_loader.hpp"
#include "shape_check.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Fills the parameters of a decoder or an encoder from an open checkpoint.
template <class Weights>
void load_parameters(Weights& weights, const SafeTensors& file, const CheckpointNames& names,
                     Dtype dtype)
{
    ParameterLoader(file, names, weights.block_shape, dtype)
        .load(nn_detail::list_parameters(weights));
}

/// Fills them from FOLDER/model.safetensors, or maps FOLDER's packed file. One of other weights is
/// an error only where there is nothing to pack again from.
template <class Weights>
void load_folder(Weights& weights, const std::filesystem::path& folder,
                 const CheckpointNames& names, Dtype dtype)
{
    auto const checkpoint = folder / "model.safetensors";
    if (auto const packed = folder / packed_file_name; std::filesystem::exists(packed)) {
        SafeTensors file = SafeTensors::open(packed);
        if (has_weights_of(file, dtype) || !std::filesystem::exists(checkpoint)) {
            packed_detail::map(weights, std::move(file), dtype);
            return;
        }
    }
    load_parameters(weights, SafeTensors::open(checkpoint), names, dtype);
}

/// What `Decoder::load` does for a decoder of the kind `stated`.
template <Precision P>
DecoderModel<P> load_decoder(const std::filesystem::path& folder, const DecoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    DecoderFamily const family = read_family(folder);
    DecoderShape const shape =
        shape_to_load(folder / "config.json", stated, family.shape, family.fields);
    DecoderModel<P> model{DecoderWeights<P.weights>(shape), inner_features};
    load_folder(model.weights, folder, CheckpointNames(family.names), P.weights);
    return model;
}

/// The same of an encoder.
template <Precision P>
EncoderModel<P> load_encoder(const std::filesystem::path& folder, const EncoderShape& stated,
                             InnerFeatures<P> inner_features)
{
    EncoderFamily const family = read_encoder_family(folder);
    EncoderShape const shape =
        shape_to_load(folder / "config.json", stated, family.shape, family.fields);
    EncoderModel<P> model{EncoderWeights<P.weights>(shape), inner_features};
    load_folder(model.weights, folder, CheckpointNames(family.names), P.weights);
    return model;
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
