#pragma once

/// \file
/// One thread's part in a decoder's forward pass: embedding, layers and head.

#include <algorithm>
#include <cstddef>
#include <utility>

#include "../kernels/embedding.hpp"
#include "block_pass.hpp"
#include "decoder.hpp"
#include "rotary.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The part one thread of a team takes in a forward pass over the rows that the memory describes.
template <Precision P>
class ForwardPass {
public:
    ForwardPass(const DecoderModel<P>& model, DecoderPassMemory<P>& memory, Team team) noexcept
        : weights_(model.weights), memory_(memory),
          blocks_({model.weights.blocks, model.weights.block_shape, model.inner_features,
                   model.weights.blocks.size()},
                  memory.chunk, team),
          team_(team)
    {
    }

    /// Embeds the tokens and runs every layer; the residual stream is then complete.
    void run_layers() const noexcept
    {
        embed_tokens();
        blocks_.run_layers();
    }

    /// Normalises the rows whose logits are wanted, side by side, for `run_head`.
    void gather_head_inputs() const noexcept
    {
        BlockShape const& shape = weights_.block_shape;
        IndexRange const mine = team_.share(memory_.logit_rows.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            const float* const x = memory_.chunk.residual.view().row(memory_.logit_rows[i]);
            float* const normed = normed_row(i);
            if (weights_.shape.has_final_norm()) {
                weights_.final_norm.forward(shape.norm, x, shape.norm_epsilon, normed);
            } else {
                std::copy_n(x, shape.width, normed);
            }
            if constexpr (!MatmulInputs<P>::template takes<float>) {
                memory_.head_inputs.store(i, normed, shape.width);
            }
        }
        team_.barrier();
    }

    /// The logits (count, vocab) of the gathered rows from `first`, this thread's columns of them.
    void run_head(std::size_t first, View<float, RowMajor<>> logits) const noexcept
    {
        auto const head = weights_.head();
        IndexRange const panels = team_.share(head.layout().panels());
        std::size_t const block_rows = memory_.chunk.block_rows();
        for (std::size_t row = 0; row < logits.rows(); row += block_rows) {
            std::size_t const count = std::min(block_rows, logits.rows() - row);
            matmul_panels(row_range(head_inputs(), first + row, count), head, panels,
                          StoreRows{logits.row(row), logits.row_stride()});
        }
    }

private:
    /// Where wanted row i is normalised.
    float* normed_row(std::size_t i) const noexcept
    {
        if constexpr (MatmulInputs<P>::template takes<float>) {
            return memory_.head_normed.view().row(i);
        } else {
            return memory_.chunk.scratch.own[team_.rank()].row.data();
        }
    }

    typename MatmulInputs<P>::Rows head_inputs() const noexcept
    {
        std::size_t const rows = memory_.logit_rows.size();
        if constexpr (MatmulInputs<P>::template takes<float>) {
            return row_range(std::as_const(memory_.head_normed).view(), 0, rows);
        } else {
            return memory_.head_inputs.rows(rows, weights_.shape.width);
        }
    }

    void embed_tokens() const noexcept
    {
        // By columns all threads need all rows: share them out and meet.
        Chunk<P>& chunk = memory_.chunk;
        BlockShape const& shape = weights_.block_shape;
        IndexRange const rows = team_.share(chunk.places.size());
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            auto const& place = chunk.places[row];
            auto const token = static_cast<std::size_t>(place.token);
            float* const x = chunk.residual.view().row(row);
            if (weights_.position_embedding.size() > 0) {
                embed(weights_.token_embedding.view(), weights_.position_embedding.view(), token,
                      place.position, x);
            } else {
                embed(weights_.token_embedding.view(), token, x);
            }
            rotary_angles(shape.rotary, shape.rotary_width, place.position,
                          chunk.rotations.view().row(row));
        }
        blocks_.schedule().sync_block();
    }

    const DecoderWeights<P.weights>& weights_;
    DecoderPassMemory<P>& memory_;
    BlockPass<P> blocks_;
    Team team_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
