#pragma once

/// \file
/// One thread's part in an encoder's forward pass: embedding, layers and what stands on top.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "block_pass.hpp"
#include "encoder.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The part one thread of a team takes in a forward pass over the sequences that the memory
/// describes. Their rows stand side by side: there is no padding to compute.
template <Precision P>
class EncoderPass {
public:
    EncoderPass(const EncoderModel<P>& model, EncoderPassMemory<P>& memory, Team team) noexcept
        : weights_(model.weights), memory_(memory),
          blocks_({model.weights.blocks, model.weights.block_shape, model.inner_features,
                   EncoderPassMemory<P>::cached_layers},
                  memory.chunk, team),
          team_(team)
    {
    }

    /// Embeds the tokens and runs every layer; all rows of the residual stream are then complete.
    void run_layers() const noexcept
    {
        embed_tokens();
        blocks_.run_layers();
    }

    /// The residual stream of all rows, into (rows, width).
    void store_rows(View<float, RowMajor<>> out) const noexcept
    {
        copy_rows(row_range(std::as_const(memory_.chunk.residual).view(), 0, out.rows()), out);
    }

    /// The pooled features, into (sequences, width).
    void store_pooled(View<float, RowMajor<>> out) const noexcept { copy_rows(pool(), out); }

    /// The classifier's outputs, into (sequences, labels).
    void classify(View<float, RowMajor<>> out) const noexcept
    {
        auto const& classifier = weights_.classifier;
        classifier.forward(pool(), team_.share(classifier.panels()), out, 0);
    }

private:
    using Features = View<const float, Strided<>>;

    std::size_t width() const noexcept { return weights_.shape.width; }

    /// This thread's share of the rows.
    void copy_rows(Features rows, View<float, RowMajor<>> out) const noexcept
    {
        IndexRange const mine = team_.share(out.rows());
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            std::copy_n(rows.row(i), width(), out.row(i));
    }

    void embed_tokens() const noexcept
    {
        // By columns all threads need all rows: share them out and meet.
        IndexRange const mine = team_.share(memory_.chunk.places.size());
        for (std::size_t s = 0; s < memory_.sequences.size(); ++s) {
            auto const& segment = memory_.chunk.segments[s];
            std::size_t const begin = std::max(mine.begin, segment.first_row);
            std::size_t const end = std::min(mine.end, segment.first_row + segment.rows);
            for (std::size_t row = begin; row < end; ++row) {
                embed_token(*memory_.sequences[s], row - segment.first_row,
                            memory_.chunk.residual.view().row(row));
            }
        }
        blocks_.schedule().sync_block();
    }

    void embed_token(const EncoderInput& input, std::size_t position, float* x) const noexcept
    {
        const float* const token =
            weights_.token_embedding.view().row(static_cast<std::size_t>(input.tokens[position]));
        const float* const place = weights_.position_embedding.view().row(position);
        for (std::size_t j = 0; j < width(); ++j) x[j] = token[j] + place[j];
        if (weights_.shape.token_types > 0) {
            auto const type =
                input.types.empty() ? 0 : static_cast<std::size_t>(input.types[position]);
            const float* const kind = weights_.type_embedding.view().row(type);
            for (std::size_t j = 0; j < width(); ++j) x[j] += kind[j];
        }
        weights_.embedding_norm.forward(Norm::layer_norm, x, weights_.shape.norm_epsilon, x);
    }

    /// The features of each sequence, behind the pooler; all threads may then read them.
    Features pool() const noexcept
    {
        std::size_t const count = memory_.sequences.size();
        IndexRange const mine = team_.share(count);
        for (std::size_t i = mine.begin; i < mine.end; ++i) pool_sequence(i);
        team_.barrier();
        Features const features = row_range(std::as_const(memory_.features).view(), 0, count);
        if (weights_.shape.pooler == Pooler::none) return features;
        auto const pooled = row_range(memory_.pooled.view(), 0, count);
        run_pooler(features, pooled);
        team_.barrier();
        return pooled;
    }

    /// The features of sequence `i`, into their row i.
    void pool_sequence(std::size_t i) const noexcept
    {
        auto const& segment = memory_.chunk.segments[i];
        auto const rows = memory_.chunk.residual.view();
        float* const out = memory_.features.view().row(i);
        std::copy_n(rows.row(segment.first_row), width(), out);
        if (weights_.shape.pooling == Pooling::first) return;
        for (std::size_t row = 1; row < segment.rows; ++row) {
            const float* const x = rows.row(segment.first_row + row);
            for (std::size_t j = 0; j < width(); ++j) out[j] += x[j];
        }
        for (std::size_t j = 0; j < width(); ++j) out[j] /= static_cast<float>(segment.rows);
    }

    void run_pooler(Features features, View<float, Strided<>> out) const noexcept
    {
        auto const& pooler = weights_.pooler;
        PanelRange const panels = team_.share(pooler.panels());
        if (weights_.shape.pooler == Pooler::relu) {
            pooler.forward(features, panels, out, 0, Relu{});
            return;
        }
        pooler.forward(features, panels, out, 0);
        // This thread's own columns. A row's worth of std::tanh is nothing beside the layers.
        std::size_t const first = panels.begin * panel_width;
        std::size_t const last = std::min(panels.end * panel_width, width());
        for (std::size_t i = 0; i < out.rows(); ++i) {
            for (std::size_t j = first; j < last; ++j) out.row(i)[j] = std::tanh(out.row(i)[j]);
        }
    }

    const EncoderWeights<P.weights>& weights_;
    EncoderPassMemory<P>& memory_;
    BlockPass<P> blocks_;
    Team team_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
