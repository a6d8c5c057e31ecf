#pragma once

/// \file
/// How the rows of a chunk are cut into blocks, and an MLP's inner features into slices.

#include <algorithm>
#include <cstddef>

#include "block_shape.hpp"
#include "matmul_inputs.hpp"
#include "precision.hpp"
#include "schedule.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// How the rows of a chunk are cut, in precision P.
template <Precision P>
struct RowBlocks {
    /// Whether matmuls go through AMX.
    static constexpr bool on_tiles = TFM_ISA_HAS_AMX && P.weights != Dtype::fp32;

    /// Rows a thread carries through a layer at once: enough that reading the weights costs little
    /// beside the arithmetic (each weight is used for this many rows), few enough that their
    /// activations stay in L2 (GPT-2 small: 128 x 768 floats are 390 KB). AMX does the arithmetic
    /// so fast that it wants twice as many.
    static constexpr std::size_t max_rows = on_tiles ? 256 : 128;

    /// Fewer rows per thread than this go by columns.
    static constexpr std::size_t min_rows_per_thread = on_tiles ? 96 : 24;

    /// Rows from which on an MLP is computed in slices, whose inner features stay in L2.
    static constexpr std::size_t min_sliced_rows = 32;

    /// Inner features of a slice: whole tiles of cells, and no more than AMX takes in one go. All
    /// of them where an MLP reads the residual stream itself, to which each slice adds.
    static constexpr std::size_t slice(const BlockShape& shape) noexcept
    {
        if (shape.mlp_width == 0) return 0;
        bool const reads_residual =
            shape.norm_placement != NormPlacement::before && MatmulInputs<P>::template takes<float>;
        std::size_t const most = reads_residual ? shape.mlp_width : 768;
        std::size_t const slices = divide_up(shape.mlp_width, most);
        return round_up(divide_up(shape.mlp_width, slices), std::size_t{64});
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
