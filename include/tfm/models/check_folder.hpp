#pragma once

/// \file
/// Whether a folder's weights are those that its config.json describes, before any is read.

#include "load.hpp"
#include "model_folder.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

template <class Opened>
void check_opened(const Opened& opened, Dtype weights)
{
    auto const& shape = opened.family.shape;
    check_weights(opened.weights, shape, weights);
    if (opened.weights.is_packed) return;
    CheckpointNames const names(opened.family.names);
    BlockShape const block = shape.block();
    ParameterReader const reader(opened.weights.tensors, opened.weights.path, names.prefix);
    for (const Parameter& parameter : nn_detail::parameters_of_shape(shape))
        reader.check(StoredParameter(names, block, parameter));
}

} // namespace detail

/// Fails as loading would for a shape that breaks a rule, files that cannot hold it, and tensors
/// that are missing, of other extents or of a type that is not read. Reads no weights.
/// \param weights what the model would store its matrices in
/// \throws tfm::Error naming file, tensor, expected and found
inline void check_folder(const DecoderFolder& opened, Dtype weights)
{
    detail::check_opened(opened, weights);
}

/// The same of an encoder.
inline void check_folder(const EncoderFolder& opened, Dtype weights)
{
    detail::check_opened(opened, weights);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
