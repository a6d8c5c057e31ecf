#pragma once

/// \file
/// Which way round a checkpoint stores its matrices, where nobody has said.

#include <filesystem>
#include <span>

#include "../config.hpp"
#include "../io/tensor_index.hpp"
#include "../nn/parameters.hpp"
#include "checkpoint.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace checkpoint_detail {

/// `names` with an orientation: the one that is stated, or the one that the first matrix that is
/// not square has in the checkpoint. `path` names it in errors.
/// \throws tfm::Error where every matrix is square.
inline CheckpointNames with_orientation(CheckpointNames names, const TensorIndex& tensors,
                                        const std::filesystem::path& path, const BlockShape& block,
                                        std::span<const ParameterTensor> parameters)
{
    if (names.orientation) return names;
    for (const ParameterTensor& entry : parameters) {
        if (entry.parameter.kind != ParameterKind::weight) continue;
        names.orientation = Orientation::out_in;
        StoredParameter const out_in(names, block, entry.parameter);
        names.orientation = Orientation::in_out;
        StoredParameter const in_out(names, block, entry.parameter);
        const StoredTensor* const tensor = tensors.find(in_out.name(), names.prefix);
        if (tensor == nullptr || in_out.extents() == out_in.extents()) continue;
        if (tensor->info->shape == in_out.extents()) return names;
        if (tensor->info->shape != out_in.extents()) continue; // an error when it is read
        names.orientation = Orientation::out_in;
        return names;
    }
    fail(
        path.string() +
        ": expected a matrix that is not square, to tell its orientation by, found none; state the "
        "orientation in the names that it is loaded with");
}

} // namespace checkpoint_detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
