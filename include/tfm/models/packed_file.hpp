#pragma once

/// \file
/// A model's tensors in a file as they are in memory, to be mapped and used in place.
///
/// It is a safetensors file. Each tensor is one run of elements in the layout that `Packed` states
/// (the same on every instruction set), padded with zeros to 64 bytes, so that all of them are
/// aligned; `__metadata__` says what the elements are.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <utility>

#include "../function_ref.hpp"
#include "../io/safetensors.hpp"
#include "../nn/decoder.hpp"
#include "../nn/encoder.hpp"
#include "packed_file_name.hpp"
#include "packed_tensors.hpp"
#include "weight_files.hpp"

namespace tfm {

/// Told how many of the bytes of a file are written. What it throws ends the writing, and no file
/// is left behind.
using PackProgress = FunctionRef<void(std::size_t written, std::size_t total)>;

inline namespace TFM_BUILD_NAMESPACE {
namespace packed_detail {

/// Makes the tensors of `weights`, of a decoder or an encoder, lie in the file, which stays mapped
/// as long as they live. \pre `check_metadata` has passed
template <class Weights>
void map(Weights& weights, SafeTensors opened)
{
    auto file = std::make_shared<const SafeTensors>(std::move(opened));
    borrow(nn_detail::list_parameters(weights), *file);
    weights.memory = std::move(file);
    weights.is_filled = true;
}

} // namespace packed_detail

} // namespace TFM_BUILD_NAMESPACE

inline namespace TFM_ISA_NAMESPACE {

/// Writes every parameter of a `Decoder` or an `Encoder`. Throws `tfm::Error` where nobody has
/// filled them and where the file cannot be written; it then does not exist.
template <class Model>
void write_packed_file(Model& model, const std::filesystem::path& path,
                       const PackProgress& progress = {})
{
    auto& weights = model.model().weights;
    nn_detail::require_filled("tfm::write_packed_file", weights.is_filled);
    packed_detail::write(nn_detail::list_parameters(weights),
                         packed_detail::sizes_of(model.sizes()), Model::precision.weights, path,
                         progress);
}

/// A decoder whose tensors lie in the file, which stays mapped while the model lives: pages are
/// read when they are first used, and shared with other processes. Throws `tfm::Error` naming file
/// and tensor for a file of another version, layout, precision or shape. Values are taken as they
/// are.
template <DecoderShape S, Precision P>
requires(S.is_static()) Decoder<S, P> map_packed_file(SafeTensors opened)
{
    packed_detail::check_metadata(opened, packed_detail::sizes_of(S), P.weights);
    Decoder<S, P> model;
    packed_detail::map(model.model().weights, std::move(opened));
    return model;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
