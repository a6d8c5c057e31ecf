#pragma once

/// \file
/// One thread's walk through the layers of a decoder.

#include <cmath>
#include <cstddef>

#include "../kernels/attention.hpp"
#include "../kernels/embedding.hpp"
#include "decoder.hpp"
#include "schedule.hpp"
#include "workspace.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Where a projection's results go in the cache.
enum class CachePart { keys, values };

/// Sink: adds the bias and scatters rows of keys or values into the cells of their sessions'
/// caches.
template <CachePart Part, DecoderShape S, Precision P>
struct AppendToCache {
    const typename Workspace<S, P>::Place* places; ///< of the matmul's first row
    std::size_t layer;
    const float* bias;

    void operator()(const TileSums& tile) const noexcept
    {
        constexpr std::size_t head_width = S.head_width();
        for (std::size_t i = 0; i < tile.rows; ++i) {
            auto const& place = places[tile.first_row + i];
            for (std::size_t j = 0; j < tile.cols;) {
                std::size_t const col = tile.first_col + j;
                std::size_t const head = col / head_width;
                std::size_t const feature = col % head_width;
                std::size_t const run = std::min(tile.cols - j, head_width - feature);
                append(place, head, feature, tile.sums + i * tile.stride + j, bias + col, run);
                j += run;
            }
        }
    }

private:
    /// Consecutive features of one position: a float of each cell for keys, of one cell per panel
    /// for values.
    void append(const typename Workspace<S, P>::Place& place, std::size_t head, std::size_t feature,
                const float* sums, const float* biases, std::size_t count) const noexcept
    {
        if constexpr (Part == CachePart::keys) {
            float* const to = &place.cache->keys(layer, head)(feature, place.position);
            for (std::size_t n = 0; n < count; ++n) to[n * panel_width] = sums[n] + biases[n];
        } else {
            auto const values = place.cache->values(layer, head);
            for (std::size_t n = 0; n < count; ++n) {
                values(place.position, feature + n) = sums[n] + biases[n];
            }
        }
    }
};

/// The part one thread of a team takes in a forward pass over the rows that the workspace
/// describes.
template <DecoderShape S, Precision P>
class ForwardPass {
public:
    ForwardPass(const Decoder<S, P>& model, Workspace<S, P>& workspace, Team team) noexcept
        : model_(model), workspace_(workspace),
          schedule_(team, workspace.places.size(), workspace.block_rows()),
          normed_(slot_of(workspace.normed.view(), team.rank())),
          attended_(slot_of(workspace.attended.view(), schedule_.slot())),
          hidden_(slot_of(workspace.hidden.view(), schedule_.slot()))
    {
    }

    /// Embeds the tokens and runs every layer; the residual stream is then complete.
    void run_layers() const noexcept
    {
        embed_tokens();
        for (std::size_t b = 0; b < schedule_.blocks(); ++b) project_qkv(0, schedule_.rows(b));
        for (std::size_t layer = 0; layer < S.layers; ++layer) {
            schedule_.sync_all();
            for (std::size_t b = 0; b < schedule_.blocks(); ++b) {
                IndexRange const rows = schedule_.rows(b);
                attend(layer, rows);
                feed_forward((*model_.blocks)[layer].mlp_norm, (*model_.blocks)[layer].mlp, rows);
                if (layer + 1 < S.layers) project_qkv(layer + 1, rows);
            }
        }
    }

    /// Normalises the rows whose logits are wanted, side by side, for `run_head`.
    void gather_head_inputs() const noexcept
    {
        schedule_.sync_all();
        IndexRange const mine = schedule_.team().share(workspace_.logit_rows.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            model_.final_norm.forward(workspace_.residual.view().row(workspace_.logit_rows[i]),
                                      S.norm_epsilon, workspace_.queries.view().row(i));
        }
        schedule_.sync_all();
    }

    /// The logits (count, vocab) of the gathered rows from `first`, this thread's columns of them.
    void run_head(std::size_t first, View<float, RowMajor<dyn, S.vocab>> logits) const noexcept
    {
        IndexRange const panels = schedule_.team().share(model_.head().layout().panels());
        for (std::size_t row = 0; row < logits.rows(); row += workspace_.block_rows()) {
            std::size_t const count = std::min(workspace_.block_rows(), logits.rows() - row);
            matmul_panels(row_range(workspace_.queries.view(), first + row, count), model_.head(),
                          panels, StoreRows{logits.row(row), logits.row_stride()});
        }
    }

private:
    template <RowsLayout L>
    using Matrix = View<float, L>;

    /// A slot's block of rows in scratch memory.
    template <RowsLayout L>
    auto slot_of(View<float, L> scratch, std::size_t slot) const noexcept
    {
        return row_range(scratch, slot * workspace_.block_rows(), workspace_.block_rows());
    }

    void embed_tokens() const noexcept
    {
        // By columns all threads need all rows: share them out and meet.
        IndexRange const rows = schedule_.team().share(workspace_.places.size());
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            auto const& place = workspace_.places[row];
            embed(model_.token_embedding.view(), model_.position_embedding.view(),
                  static_cast<std::size_t>(place.token), place.position,
                  workspace_.residual.view().row(row));
        }
        schedule_.sync_block();
    }

    /// The norm of a block's rows, which every thread of the block computes for itself: cheaper
    /// than a barrier.
    auto normalise(const LayerNorm<S.width>& norm, IndexRange rows) const noexcept
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            norm.forward(workspace_.residual.view().row(rows.begin + i), S.norm_epsilon,
                         normed_.row(i));
        }
        return row_range(normed_, 0, rows.size());
    }

    void project_qkv(std::size_t layer, IndexRange rows) const noexcept
    {
        Block<S> const& block = (*model_.blocks)[layer];
        auto const x = normalise(block.attention_norm, rows);
        auto const panels = schedule_.panels(divide_up(S.width, panel_width));
        auto const* const places = workspace_.places.data() + rows.begin;
        block.attention.query.forward(
            x, panels, row_range(workspace_.queries.view(), rows.begin, rows.size()));
        matmul_panels(
            x, block.attention.key.weight.view(), panels,
            AppendToCache<CachePart::keys, S, P>{places, layer, block.attention.key.bias.data()});
        matmul_panels(x, block.attention.value.weight.view(), panels,
                      AppendToCache<CachePart::values, S, P>{places, layer,
                                                             block.attention.value.bias.data()});
    }

    /// x += projection(attention(q, cache)) for a block's rows.
    void attend(std::size_t layer, IndexRange rows) const noexcept
    {
        std::size_t item = 0; // (segment, head) pairs, dealt out to the threads of the block
        for (auto const& segment : workspace_.segments) {
            std::size_t const begin = std::max(rows.begin, segment.first_row);
            std::size_t const end = std::min(rows.end, segment.first_row + segment.rows);
            if (begin >= end) continue;
            for (std::size_t head = 0; head < S.heads; ++head, ++item) {
                if (schedule_.by_columns() &&
                    item % schedule_.team().size() != schedule_.team().rank()) {
                    continue;
                }
                attend_head(layer, head, *segment.cache, begin, end - begin,
                            segment.first_position + begin - segment.first_row,
                            attended_.row(begin - rows.begin));
            }
        }
        schedule_.sync_block();
        auto const& projection = (*model_.blocks)[layer].attention.projection;
        auto const x = row_range(workspace_.residual.view(), rows.begin, rows.size());
        projection.forward(row_range(attended_, 0, rows.size()),
                           schedule_.panels(projection.panels), x, AddResidual(x));
        schedule_.sync_block();
    }

    void attend_head(std::size_t layer, std::size_t head, KvCache<S, P>& cache,
                     std::size_t first_row, std::size_t count, std::size_t first_position,
                     float* out) const noexcept
    {
        constexpr std::size_t head_width = S.head_width();
        auto const queries = workspace_.queries.view();
        detail::attend({{queries.row(first_row) + head * head_width, queries.row_stride(), count},
                        packed_pointer(cache.keys(layer, head)),
                        packed_pointer(cache.values(layer, head)),
                        first_position,
                        1.0F / std::sqrt(static_cast<float>(head_width)),
                        out + head * head_width,
                        attended_.row_stride()});
    }

    /// x += mlp(norm(x)) for a block's rows.
    void feed_forward(const LayerNorm<S.width>& norm, const Mlp<S>& mlp,
                      IndexRange rows) const noexcept
    {
        auto const normed = normalise(norm, rows);
        auto const hidden = row_range(hidden_, 0, rows.size());
        auto const up_panels = schedule_.panels(mlp.up.panels);
        if constexpr (S.activation == Activation::gelu_tanh) {
            mlp.up.forward(normed, up_panels, hidden, GeluTanh{});
        } else {
            mlp.up.forward(normed, up_panels, hidden, Gelu{});
        }
        schedule_.sync_block();
        auto const x = row_range(workspace_.residual.view(), rows.begin, rows.size());
        mlp.down.forward(row_range(hidden, 0, rows.size()), schedule_.panels(mlp.down.panels), x,
                         AddResidual(x));
        schedule_.sync_block();
    }

    const Decoder<S, P>& model_;
    Workspace<S, P>& workspace_;
    Schedule schedule_;
    Matrix<Strided<dyn, S.width>> normed_;
    Matrix<Strided<dyn, S.width>> attended_;
    Matrix<Strided<dyn, S.hidden()>> hidden_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
