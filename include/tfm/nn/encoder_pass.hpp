#pragma once

/// \file
/// One thread's walk through the layers of an encoder.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "../kernels/attention.hpp"
#include "encoder.hpp"
#include "encoder_workspace.hpp"
#include "feed_forward.hpp"
#include "projection_sinks.hpp"
#include "schedule.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The part one thread of a team takes in a forward pass over the sequences that the workspace
/// describes. Their rows stand side by side: there is no padding to compute.
template <EncoderShape S, Precision P>
class EncoderPass {
public:
    using Workspace = EncoderWorkspace<S, P>;

    EncoderPass(const Encoder<S, P>& model, Workspace& workspace, Team team) noexcept
        : model_(model), workspace_(workspace),
          schedule_(team, workspace.places.size(), workspace.block_rows(),
                    BlockExtents<body, P>::min_rows_per_thread),
          shared_(workspace.scratch[schedule_.slot()]),
          converted_(workspace.scratch[schedule_.conversion_slot()])
    {
    }

    /// Embeds the tokens and runs every layer; all rows of the residual stream are then complete.
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
        schedule_.sync_all();
    }

    /// The residual stream of all rows, into (rows, width).
    void store_rows(View<float, RowMajor<dyn, S.width>> out) const noexcept
    {
        IndexRange const mine = schedule_.team().share(out.rows());
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            std::copy_n(workspace_.residual.view().row(i), S.width, out.row(i));
    }

    /// The features of each sequence, behind the pooler; all threads may then read them.
    View<const float, Strided<dyn, S.width>> pool() const noexcept
    {
        IndexRange const mine = schedule_.team().share(workspace_.sequences.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) pool_sequence(i);
        schedule_.sync_all();
        std::size_t const count = workspace_.sequences.size();
        auto const features = row_range(std::as_const(workspace_.features).view(), 0, count);
        if constexpr (S.pooler == Pooler::none) {
            return features;
        } else {
            auto const pooled = row_range(workspace_.pooled.view(), 0, count);
            run_pooler(features, pooled);
            schedule_.sync_all();
            return {pooled.data(), pooled.layout()};
        }
    }

    /// The pooled features, into (sequences, width).
    void store_pooled(View<float, RowMajor<dyn, S.width>> out) const noexcept
    {
        auto const features = pool();
        IndexRange const mine = schedule_.team().share(out.rows());
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            std::copy_n(features.row(i), S.width, out.row(i));
    }

    /// The classifier's outputs, into (sequences, labels).
    void classify(View<float, RowMajor<dyn, S.labels>> out) const noexcept
    {
        auto const features = pool();
        auto const& classifier = model_.classifier;
        classifier.forward(features, schedule_.team().share(classifier.panels), out);
    }

private:
    static constexpr DecoderShape body = S.body();
    static constexpr DecoderShape cached = Workspace::cached;

    /// Rows as inputs of a matmul.
    template <class T, RowsLayout L>
    auto as_inputs(View<T, L> x) const noexcept
    {
        return convert_together(converted_.inputs, x, schedule_);
    }

    void embed_tokens() const noexcept
    {
        for (auto const& sequence : workspace_.sequences) {
            const EncoderInput& input = *sequence.input;
            // By columns all threads need all rows: share them out and meet.
            IndexRange const mine = schedule_.team().share(workspace_.places.size());
            std::size_t const begin = std::max(mine.begin, sequence.first_row);
            std::size_t const end = std::min(mine.end, sequence.first_row + input.tokens.size());
            for (std::size_t row = begin; row < end; ++row) {
                std::size_t const position = row - sequence.first_row;
                embed_token(input, position, workspace_.residual.view().row(row));
            }
        }
        schedule_.sync_block();
    }

    void embed_token(const EncoderInput& input, std::size_t position, float* x) const noexcept
    {
        const float* const token =
            model_.token_embedding.view().row(static_cast<std::size_t>(input.tokens[position]));
        const float* const place = model_.position_embedding.view().row(position);
        for (std::size_t j = 0; j < S.width; ++j) x[j] = token[j] + place[j];
        if constexpr (S.token_types > 0) {
            auto const type =
                input.types.empty() ? 0 : static_cast<std::size_t>(input.types[position]);
            const float* const kind = model_.type_embedding.view().row(type);
            for (std::size_t j = 0; j < S.width; ++j) x[j] += kind[j];
        }
        model_.embedding_norm.forward(x, S.norm_epsilon, x);
    }

    auto rows_of_residual(IndexRange rows) const noexcept
    {
        return row_range(workspace_.residual.view(), rows.begin, rows.size());
    }

    void project_qkv(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& attention = (*model_.blocks)[layer].attention;
        auto const x = as_inputs(rows_of_residual(rows));
        auto const panels = schedule_.panels(attention.query.panels);
        auto const* const places = workspace_.places.data() + rows.begin;
        std::size_t const turn = layer % 2;
        View<const float, Strided<dyn, 0>> const no_rotations(nullptr, {rows.size(), 0, 0});
        auto const queries = workspace_.queries.view();
        matmul_panels(
            x, attention.query.weight.view(), panels,
            StoreQueries<cached, typename Workspace::Cache::Input>{{attention.query.bias.data()},
                                                                   no_rotations,
                                                                   queries.row(rows.begin),
                                                                   queries.row_stride()});
        matmul_panels(
            x, attention.key.weight.view(), panels,
            AppendKeys<cached, P>{{attention.key.bias.data()}, no_rotations, places, turn});
        matmul_panels(x, attention.value.weight.view(), panels,
                      AppendValues<cached, P>(attention.value.bias.data(), places, turn));
    }

    /// A layer for a block's rows, whose queries are there, and the keys and values of all rows.
    void run_block(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& block = (*model_.blocks)[layer];
        attend(layer, rows);
        auto const x = rows_of_residual(rows);
        auto const& projection = block.attention.projection;
        projection.forward(as_inputs(row_range(shared_.attended.view(), 0, rows.size())),
                           schedule_.panels(projection.panels), x, AddResidual(x));
        normalise(block.attention_norm, rows);

        feed_forward<body, P>(block.mlp, as_inputs(x), x, shared_, converted_, schedule_);
        normalise(block.mlp_norm, rows);
    }

    /// x = norm(x) for a block's rows.
    void normalise(const NormOf<body>& norm, IndexRange rows) const noexcept
    {
        schedule_.sync_block();
        IndexRange const mine = schedule_.by_columns() ? schedule_.team().share(rows.size())
                                                       : IndexRange{0, rows.size()};
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            float* const x = workspace_.residual.view().row(rows.begin + i);
            norm.forward(x, S.norm_epsilon, x);
        }
        schedule_.sync_block();
    }

    void attend(std::size_t layer, IndexRange rows) const noexcept
    {
        std::size_t item = 0; // (sequence, head) pairs, dealt out to the threads of the block
        for (auto const& sequence : workspace_.sequences) {
            std::size_t const length = sequence.input->tokens.size();
            std::size_t const begin = std::max(rows.begin, sequence.first_row);
            std::size_t const end = std::min(rows.end, sequence.first_row + length);
            if (begin >= end) continue;
            for (std::size_t head = 0; head < S.heads; ++head, ++item) {
                if (schedule_.by_columns() &&
                    item % schedule_.team().size() != schedule_.team().rank()) {
                    continue;
                }
                attend_head(layer, head, sequence.first_position, length, begin, end - begin,
                            shared_.attended.view().row(begin - rows.begin));
            }
        }
        schedule_.sync_block();
    }

    /// `count` rows from `first_row` on of a sequence whose `length` keys and values begin at
    /// position `begin` of the cache, where a panel begins too.
    void attend_head(std::size_t layer, std::size_t head, std::size_t begin, std::size_t length,
                     std::size_t first_row, std::size_t count, float* out) const noexcept
    {
        constexpr std::size_t head_width = S.head_width();
        auto cache = cached_head(workspace_.cache.keys(layer % 2, head),
                                 workspace_.cache.values(layer % 2, head));
        cache.keys.data += begin / panel_width * cache.keys.panel_stride;
        cache.values.data += begin * panel_width;
        auto const queries = std::as_const(workspace_.queries).view();
        detail::attend(AttentionHead<typename EncoderWorkspace<S, P>::Cache::Element>{
            {queries.row(first_row) + head * head_width, queries.row_stride(), count},
            count,
            cache,
            0,
            std::numeric_limits<std::size_t>::max(),
            1.0F / std::sqrt(static_cast<float>(head_width)),
            out + head * head_width,
            shared_.attended.view().row_stride(),
            length});
    }

    /// The features of sequence `i`, into their row i.
    void pool_sequence(std::size_t i) const noexcept
    {
        auto const& sequence = workspace_.sequences[i];
        std::size_t const length = sequence.input->tokens.size();
        float* const out = workspace_.features.view().row(i);
        std::copy_n(workspace_.residual.view().row(sequence.first_row), S.width, out);
        if constexpr (S.pooling == Pooling::mean) {
            for (std::size_t row = 1; row < length; ++row) {
                const float* const x = workspace_.residual.view().row(sequence.first_row + row);
                for (std::size_t j = 0; j < S.width; ++j) out[j] += x[j];
            }
            for (std::size_t j = 0; j < S.width; ++j) out[j] /= static_cast<float>(length);
        } else {
            static_cast<void>(length);
        }
    }

    void run_pooler(View<const float, Strided<dyn, S.width>> features,
                    View<float, Strided<dyn, S.width>> out) const noexcept
    {
        auto const& pooler = model_.pooler;
        PanelRange const panels = schedule_.team().share(pooler.panels);
        if constexpr (S.pooler == Pooler::relu) {
            pooler.forward(features, panels, out, Relu{});
        } else {
            pooler.forward(features, panels, out);
            // This thread's own columns. A row's worth of std::tanh is nothing beside the layers.
            std::size_t const first = panels.begin * panel_width;
            std::size_t const last = std::min(panels.end * panel_width, S.width);
            for (std::size_t i = 0; i < out.rows(); ++i) {
                for (std::size_t j = first; j < last; ++j) out.row(i)[j] = std::tanh(out.row(i)[j]);
            }
        }
    }

    const Encoder<S, P>& model_;
    Workspace& workspace_;
    Schedule schedule_;
    BlockScratch<body, P>& shared_;    ///< results that the threads of a block share
    BlockScratch<body, P>& converted_; ///< the block's rows as inputs of matmuls
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
