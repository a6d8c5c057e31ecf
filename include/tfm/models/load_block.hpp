#pragma once

/// \file
/// `Block`, `Attention` and `Mlp` from arrays and checkpoints.

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "../nn/attention.hpp"
#include "../nn/block.hpp"
#include "../nn/mlp.hpp"
#include "load_arrays.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Fails where arrays hold a bias of a norm or matmul that the shape has without one.
inline void require_no_bias_left(std::span<const ParameterTensor> parameters,
                                 const BlockShape& block, const TensorIndex& tensors,
                                 const CheckpointNames& names)
{
    for (const ParameterTensor& entry : parameters) {
        Parameter bias = entry.parameter;
        bool const has_one = std::ranges::any_of(parameters, [&](const ParameterTensor& other) {
            return other.parameter.role == bias.role && other.parameter.kind == ParameterKind::bias;
        });
        bias.kind = ParameterKind::bias;
        const StoredTensor* const found =
            tensors.find(StoredParameter(names, block, bias).name(), names.prefix);
        require(has_one || found == nullptr, [&] {
            return found->where() + "expected none, since the shape has no such bias "
                                    "(BlockShape::biases; an RMS norm has none)";
        });
    }
}

template <Precision P>
void load_block(BlockModel<P>& model, const TensorIndex& tensors, const std::filesystem::path& path,
                const CheckpointNames& names, std::size_t layer)
{
    model.is_filled = false;
    load_list(model.parameters(layer), model.block_shape, tensors, path, names, P.weights);
    model.is_filled = true;
}

} // namespace detail

/// Fills a `Block`, an `Attention` or an `Mlp` with the parameters of block number `layer` that
/// arrays in memory have under these names, as `load_parameters` fills a decoder; other arrays are
/// not looked at. Throws `tfm::Error` naming the array, expected and found.
template <BlockShape S, Precision P>
void load_parameters(const StateDict& arrays, const DecoderNames& names, BlockPart<S, P>& part,
                     std::size_t layer = 0)
{
    CheckpointNames const by_role(names);
    auto const tensors = TensorIndex::in_memory(arrays.tensors());
    detail::require_no_bias_left(part.model().parameters(layer), part.sizes(), tensors, by_role);
    detail::load_block(part.model(), tensors, "StateDict", by_role, layer);
}

/// The same from a file, of which all else is left out.
template <BlockShape S, Precision P>
void load_parameters(const SafeTensors& file, const DecoderNames& names, BlockPart<S, P>& part,
                     std::size_t layer = 0)
{
    detail::load_block(part.model(), TensorIndex({&file, 1}), file.path(), CheckpointNames(names),
                       layer);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
