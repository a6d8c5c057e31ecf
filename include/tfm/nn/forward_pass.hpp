#pragma once

/// \file
/// One thread's walk through the layers of a decoder.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "../kernels/attention.hpp"
#include "../kernels/embedding.hpp"
#include "decoder.hpp"
#include "feed_forward.hpp"
#include "projection_sinks.hpp"
#include "quantize_qkv.hpp"
#include "rotary.hpp"
#include "schedule.hpp"
#include "workspace.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The part one thread of a team takes in a forward pass over the rows that the workspace
/// describes.
template <DecoderShape S, Precision P>
class ForwardPass {
public:
    ForwardPass(const Decoder<S, P>& model, Workspace<S, P>& workspace, Team team) noexcept
        : model_(model), workspace_(workspace),
          schedule_(team, workspace.places.size(), workspace.block_rows(),
                    BlockExtents<S, P>::min_rows_per_thread),
          shared_(workspace.scratch[schedule_.slot()]),
          converted_(workspace.scratch[schedule_.conversion_slot()]),
          own_(workspace.scratch[team.rank()])
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
                run_block(layer, schedule_.rows(b));
                if (layer + 1 < S.layers) project_qkv(layer + 1, schedule_.rows(b));
            }
        }
    }

    /// Normalises the rows whose logits are wanted, side by side, for `run_head`.
    void gather_head_inputs() const noexcept
    {
        schedule_.sync_all();
        IndexRange const mine = schedule_.team().share(workspace_.logit_rows.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            const float* const x = workspace_.residual.view().row(workspace_.logit_rows[i]);
            if constexpr (S.has_final_norm()) {
                model_.final_norm.forward(x, S.norm_epsilon, workspace_.head_inputs.view().row(i));
            } else {
                std::copy_n(x, S.width, workspace_.head_inputs.view().row(i));
            }
        }
        schedule_.sync_all();
    }

    /// The logits (count, vocab) of the gathered rows from `first`, this thread's columns of them.
    void run_head(std::size_t first, View<float, RowMajor<dyn, S.vocab>> logits) const noexcept
    {
        IndexRange const panels = schedule_.team().share(model_.head().layout().panels());
        for (std::size_t row = 0; row < logits.rows(); row += workspace_.block_rows()) {
            std::size_t const count = std::min(workspace_.block_rows(), logits.rows() - row);
            auto const x = row_range(workspace_.head_inputs.view(), first + row, count);
            matmul_panels(own_.inputs.convert(x), model_.head(), panels,
                          StoreRows{logits.row(row), logits.row_stride()});
        }
    }

private:
    /// Rows as inputs of a matmul.
    template <class T, RowsLayout L>
    auto as_inputs(View<T, L> x) const noexcept
    {
        return convert_together(converted_.inputs, x, schedule_);
    }

    void embed_tokens() const noexcept
    {
        // By columns all threads need all rows: share them out and meet.
        IndexRange const rows = schedule_.team().share(workspace_.places.size());
        for (std::size_t row = rows.begin; row < rows.end; ++row) {
            auto const& place = workspace_.places[row];
            float* const x = workspace_.residual.view().row(row);
            auto const token = static_cast<std::size_t>(place.token);
            if constexpr (S.positions == Positions::learned) {
                embed(model_.token_embedding.view(), model_.position_embedding.view(), token,
                      place.position, x);
            } else {
                embed(model_.token_embedding.view(), token, x);
            }
            rotary_angles<S>(place.position, workspace_.rotations.view().row(row));
        }
        schedule_.sync_block();
    }

    /// Attention and MLP of a layer for a block's rows, whose queries, keys and values are there.
    void run_block(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& block = (*model_.blocks)[layer];
        if constexpr (S.residual == Residual::sequential) {
            attend(layer, rows);
            normalise_in_place(block.attention_norm, rows);
            feed_forward(block.mlp_norm, block.mlp, rows);
            normalise_in_place(block.mlp_norm, rows);
        } else {
            // Attention has all it needs of x; the MLP still reads it, and goes first.
            feed_forward(S.has_mlp_norm() ? block.mlp_norm : block.attention_norm, block.mlp, rows);
            attend(layer, rows);
        }
    }

    /// What the matmuls of attention or MLP read of a block's rows: their norm, or the rows
    /// themselves where norms come after.
    auto normalise(const NormOf<S>& norm, IndexRange rows) const noexcept
    {
        auto const x = row_range(workspace_.residual.view(), rows.begin, rows.size());
        if constexpr (S.norm_placement == NormPlacement::after) {
            static_cast<void>(norm);
            return as_inputs(x);
        } else if constexpr (MatmulInputs<P>::template takes<float>) {
            auto const normed = row_range(converted_.normed.view(), 0, rows.size());
            IndexRange const mine = schedule_.conversions(rows.size());
            for (std::size_t i = mine.begin; i < mine.end; ++i) {
                norm.forward(x.row(i), S.norm_epsilon, normed.row(i));
            }
            schedule_.sync_conversion();
            return View<const float, Strided<dyn, S.width>>(normed);
        } else {
            float* const normed = own_.normed.view().row(0); // one row, which stays in L1
            IndexRange const mine = schedule_.conversions(rows.size());
            for (std::size_t i = mine.begin; i < mine.end; ++i) {
                norm.forward(x.row(i), S.norm_epsilon, normed);
                converted_.inputs.store(i, normed, S.width);
            }
            schedule_.sync_conversion();
            return converted_.inputs.template rows<S.width>(rows.size());
        }
    }

    /// x = norm(x) for a block's rows, where norms come after.
    void normalise_in_place(const NormOf<S>& norm, IndexRange rows) const noexcept
    {
        if constexpr (S.norm_placement == NormPlacement::after) {
            IndexRange const mine = schedule_.by_columns() ? schedule_.team().share(rows.size())
                                                           : IndexRange{0, rows.size()};
            for (std::size_t i = mine.begin; i < mine.end; ++i) {
                float* const x = workspace_.residual.view().row(rows.begin + i);
                norm.forward(x, S.norm_epsilon, x);
            }
            schedule_.sync_block();
        }
    }

    void project_qkv(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& attention = (*model_.blocks)[layer].attention;
        auto const x = normalise((*model_.blocks)[layer].attention_norm, rows);
        auto const rotations =
            row_range(std::as_const(workspace_.rotations).view(), rows.begin, rows.size());
        IndexRange const query_panels = schedule_.panels(attention.query.panels);
        IndexRange const key_panels = schedule_.panels(attention.key.panels);
        FinishHeadRun<S> const finish_query{attention.query.bias.data()};
        FinishHeadRun<S> const finish_key{attention.key.bias.data()};
        if constexpr (KvCache<S, P>::has_scales) {
            auto const all = row_range(shared_.projected.view(), 0, rows.size());
            auto const part = [&](std::size_t first_col) { return all.data() + first_col; };
            std::size_t const stride = all.row_stride();
            constexpr std::size_t keys = S.query_width();
            constexpr std::size_t values = keys + S.key_width();
            matmul_panels(x, attention.query.weight.view(), query_panels,
                          StoreQueries<S, float>{finish_query, rotations, part(0), stride});
            matmul_panels(x, attention.key.weight.view(), key_panels,
                          StoreQueries<S, float>{finish_key, rotations, part(keys), stride});
            attention.value.forward(x, key_panels, column_range(all, values, S.key_width()));
            schedule_.sync_block();
            QuantizeQkv<S, P>(all, rows, layer, workspace_).run(schedule_);
        } else {
            auto const* const places = workspace_.places.data() + rows.begin;
            auto const queries = workspace_.queries.view();
            matmul_panels(x, attention.query.weight.view(), query_panels,
                          StoreQueries<S, typename KvCache<S, P>::Input>{finish_query, rotations,
                                                                         queries.row(rows.begin),
                                                                         queries.row_stride()});
            matmul_panels(x, attention.key.weight.view(), key_panels,
                          AppendKeys<S, P>{finish_key, rotations, places, layer});
            matmul_panels(x, attention.value.weight.view(), key_panels,
                          AppendValues<S, P>(attention.value.bias.data(), places, layer));
        }
    }

    /// x += projection(attention(q, cache)) for a block's rows.
    void attend(std::size_t layer, IndexRange rows) const noexcept
    {
        std::size_t item = 0; // dealt out to the threads of the block
        for (auto const& segment : workspace_.segments) {
            std::size_t const begin = std::max(rows.begin, segment.first_row);
            std::size_t const end = std::min(rows.end, segment.first_row + segment.rows);
            for (std::size_t first = begin; first < end; first += attention_item_rows) {
                std::size_t const count = std::min(attention_item_rows, end - first);
                for (std::size_t head = 0; head < S.heads; ++head, ++item) {
                    if (schedule_.by_columns() &&
                        item % schedule_.team().size() != schedule_.team().rank()) {
                        continue;
                    }
                    attend_head(layer, head, *segment.cache, first, count,
                                segment.first_position + first - segment.first_row,
                                shared_.attended.view().row(first - rows.begin));
                }
            }
        }
        schedule_.sync_block();
        auto const& projection = (*model_.blocks)[layer].attention.projection;
        auto const x = row_range(workspace_.residual.view(), rows.begin, rows.size());
        projection.forward(as_inputs(row_range(shared_.attended.view(), 0, rows.size())),
                           schedule_.panels(projection.panels), x, AddResidual(x));
        schedule_.sync_block();
    }

    /// Rows of a head that one thread takes at a time: few enough to share out a prompt of few
    /// heads, enough to use a head's keys and values twice.
    static constexpr std::size_t attention_item_rows = 64;

    void attend_head(std::size_t layer, std::size_t head, KvCache<S, P>& cache,
                     std::size_t first_row, std::size_t count, std::size_t first_position,
                     float* out) const noexcept
    {
        constexpr std::size_t head_width = S.head_width();
        constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();
        std::size_t const key_head = head / (S.heads / S.key_heads());
        using Head = AttentionHead<typename KvCache<S, P>::Element>;
        detail::attend(Head{queries_of(head, first_row, count), count,
                            cached_head(cache.keys(layer, key_head), cache.values(layer, key_head)),
                            first_position, S.window == 0 ? everything : S.window,
                            1.0F / std::sqrt(static_cast<float>(head_width)),
                            out + head * head_width, shared_.attended.view().row_stride()});
    }

    /// A head's queries of `count` rows, as the cache is multiplied with them.
    auto queries_of(std::size_t head, std::size_t first_row, std::size_t count) const noexcept
    {
        auto const queries = std::as_const(workspace_.queries).view();
        std::size_t const column = head * S.head_width();
        std::size_t const stride = queries.row_stride();
        if constexpr (KvCache<S, P>::has_scales) {
            const float* const scales =
                workspace_.query_scales.data() + head * workspace_.max_rows() + first_row;
            return ScaledRowsPointer<2>{{queries.row(2 * first_row) + column, stride, 2 * count},
                                        scales};
        } else {
            using Input = typename KvCache<S, P>::Input;
            return RowsPointer<Input>{queries.row(first_row) + column, stride, count};
        }
    }

    /// x += mlp(norm(x)) for a block's rows.
    void feed_forward(const NormOf<S>& norm, const Mlp<S, P.weights>& mlp,
                      IndexRange rows) const noexcept
    {
        auto const x = row_range(workspace_.residual.view(), rows.begin, rows.size());
        detail::feed_forward<S, P>(mlp, normalise(norm, rows), x, shared_, converted_, schedule_);
    }

    const Decoder<S, P>& model_;
    Workspace<S, P>& workspace_;
    Schedule schedule_;
    BlockScratch<S, P>& shared_;    ///< results that the threads of a block share
    BlockScratch<S, P>& converted_; ///< the block's rows as inputs of matmuls
    BlockScratch<S, P>& own_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
