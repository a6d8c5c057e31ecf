#pragma once

/// \file
/// Memory for a block of rows on their way through a layer.

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "../tensor/tensor.hpp"
#include "decoder_shape.hpp"
#include "matmul_inputs.hpp"
#include "schedule.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// How the rows of a chunk are cut, for decoders of shape S in precision P.
template <DecoderShape S, Precision P>
struct BlockExtents {
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
    static constexpr std::size_t slice = [] {
        constexpr bool reads_residual =
            S.norm_placement == NormPlacement::after && MatmulInputs<P>::template takes<float>;
        constexpr std::size_t most = reads_residual ? S.hidden() : 768;
        std::size_t const slices = divide_up(S.hidden(), most);
        return round_up(divide_up(S.hidden(), slices), std::size_t{64});
    }();
};

/// The memory of one block of rows: a thread's, or the team's where all compute the same rows.
template <DecoderShape S, Precision P>
class BlockScratch {
public:
    /// How an MLP's inner features are kept. Those that go on as int8 or bf16 leave the
    /// accumulators as bf16, half the bytes, where the CPU has instructions for it.
    using HiddenElement = std::conditional_t<P.activations == Dtype::fp32, float, Bf16Input>;

    /// \param rows       rows of the block.
    /// \param whole_rows of which so many have room for all inner features of an MLP at once.
    BlockScratch(std::size_t rows, std::size_t whole_rows)
        : normed(Wide(normed_rows(rows), S.width)), attended(Queries(rows, S.query_width())),
          projected(Projected(projected_rows(rows), qkv_width)),
          hidden(Vec<>(hidden_size(rows, whole_rows))), inputs({rows, input_width}),
          hidden_inputs({rows, converts_hidden ? slice : 0},
                        {whole_rows, converts_hidden ? S.hidden() : 0})
    {
    }

    /// Bytes of an object for so many rows.
    static constexpr std::size_t bytes(std::size_t rows, std::size_t whole_rows) noexcept
    {
        return sizeof(float) *
                   (Wide(normed_rows(rows), S.width).template required_size<float>() +
                    Queries(rows, S.query_width()).template required_size<float>() +
                    Projected(projected_rows(rows), qkv_width).template required_size<float>()) +
               sizeof(HiddenElement) * hidden_size(rows, whole_rows) +
               MatmulInputs<P>::bytes({rows, input_width}) +
               MatmulInputs<P>::bytes({rows, converts_hidden ? slice : 0},
                                      {whole_rows, converts_hidden ? S.hidden() : 0});
    }
    /// Bytes of this object's tensors.
    std::size_t size_bytes() const noexcept
    {
        return normed.size_bytes() + attended.size_bytes() + projected.size_bytes() +
               hidden.size_bytes() + inputs.size_bytes() + hidden_inputs.size_bytes();
    }

    /// `count` inner features of each of `rows` rows.
    View<HiddenElement, Strided<>> hidden_view(std::size_t rows, std::size_t count) noexcept
    {
        return {hidden.data(), {rows, count, Padded<>(1, count).row_stride<HiddenElement>()}};
    }

private:
    using Wide = Padded<dyn, S.width>;
    using Queries = Padded<dyn, S.query_width()>;
    static constexpr std::size_t qkv_width = S.query_width() + 2 * S.key_width();
    using Projected = Padded<dyn, qkv_width>;

    static constexpr std::size_t slice = BlockExtents<S, P>::slice;
    static constexpr std::size_t input_width = std::max(S.width, S.query_width());
    static constexpr bool converts_hidden = !MatmulInputs<P>::template takes<HiddenElement>;

    /// Rows that become something else than floats need one row of floats on the way.
    static constexpr std::size_t normed_rows(std::size_t rows) noexcept
    {
        return MatmulInputs<P>::template takes<float> ? rows : 1;
    }
    /// An int8 cache needs the whole of a key or value before it can be rounded.
    static constexpr std::size_t projected_rows(std::size_t rows) noexcept
    {
        return P.kv == Dtype::int8 ? rows : 0;
    }
    static constexpr std::size_t hidden_size(std::size_t rows, std::size_t whole_rows) noexcept
    {
        return std::max(Padded<>(rows, slice).template required_size<HiddenElement>(),
                        Padded<>(whole_rows, S.hidden()).template required_size<HiddenElement>());
    }

public:
    Tensor<float, Wide> normed;          ///< outputs of a norm
    Tensor<float, Queries> attended;     ///< (rows, query_width): attention before projection
    Tensor<float, Projected> projected;  ///< queries, keys, values, side by side, for int8 caches
    Tensor<HiddenElement, Vec<>> hidden; ///< the MLP's inner features: see `hidden_view`
    MatmulInputs<P> inputs;              ///< what all projections read but an MLP's last
    MatmulInputs<P> hidden_inputs;       ///< what an MLP's last projection reads
};

/// The scratch memory of a team for up to `rows` rows in all: the first thread's serves the others
/// too where they go by columns.
template <DecoderShape S, Precision P>
struct TeamScratch {
    using Extents = BlockExtents<S, P>; ///< how rows are cut

    std::size_t threads; ///< of the team
    std::size_t rows;    ///< of a chunk, at most

    /// Rows of a thread's block.
    constexpr std::size_t block_rows() const noexcept { return std::min(rows, Extents::max_rows); }

    /// What `BlockScratch` of a thread is made with.
    struct Sizes {
        std::size_t rows;       ///< of the block
        std::size_t whole_rows; ///< with room for all inner features
    };
    /// Of the thread `rank`.
    constexpr Sizes sizes(std::size_t rank) const noexcept
    {
        std::size_t const block = block_rows();
        std::size_t const unsliced = std::min(block, Extents::min_sliced_rows - 1);
        if (rank > 0 || threads == 1) return {block, unsliced};
        std::size_t const shared =
            std::min(rows, Schedule::max_rows_by_columns(threads, Extents::min_rows_per_thread));
        return {std::max(block, shared), std::max(unsliced, shared)};
    }

    /// Bytes of what `make` makes.
    constexpr std::size_t bytes() const noexcept
    {
        std::size_t sum = 0;
        for (std::size_t rank = 0; rank < threads; ++rank) {
            sum += BlockScratch<S, P>::bytes(sizes(rank).rows, sizes(rank).whole_rows);
        }
        return sum;
    }
    /// A thread's each.
    std::vector<BlockScratch<S, P>> make() const
    {
        std::vector<BlockScratch<S, P>> all;
        all.reserve(threads);
        for (std::size_t rank = 0; rank < threads; ++rank) {
            all.emplace_back(sizes(rank).rows, sizes(rank).whole_rows);
        }
        return all;
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
