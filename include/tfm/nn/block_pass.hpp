#pragma once

/// \file
/// One thread's walk through the layers of a model, decoder or encoder.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "../kernels/attention.hpp"
#include "block_weights.hpp"
#include "chunk.hpp"
#include "feed_forward.hpp"
#include "projection_sinks.hpp"
#include "quantize_qkv.hpp"
#include "schedule.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The blocks of a model: their parameters, what they are, and the code of their form.
template <Precision P>
struct Blocks {
    std::span<const BlockWeights<P.weights>> layers;
    const BlockShape& shape;
    InnerFeatures<P> inner_features;
    std::size_t cached_layers; ///< a cache holds this many layers' keys and values, used in turn
};

/// The part one thread of a team takes in carrying a chunk of rows through all layers. What a row
/// attends to is said by its segment: a decoder's sees the positions up to its own, an encoder's
/// all of its sequence.
template <Precision P>
class BlockPass {
public:
    BlockPass(Blocks<P> blocks, Chunk<P>& chunk, Team team) noexcept
        : blocks_(blocks), chunk_(chunk), shape_(blocks.shape),
          schedule_(team, chunk.places.size(), chunk.block_rows(),
                    RowBlocks<P>::min_rows_per_thread),
          shared_(chunk.scratch.shared[schedule_.slot()]),
          converted_(chunk.scratch.converted[schedule_.conversion_slot()]),
          own_(chunk.scratch.own[team.rank()])
    {
    }

    /// Who computes what.
    const Schedule& schedule() const noexcept { return schedule_; }

    /// Attention alone, of rows x: the residual stream of all rows is then
    /// projection(attention(x)).
    void run_attention(View<const float, Strided<>> x) const noexcept
    {
        for (std::size_t b = 0; b < schedule_.blocks(); ++b)
            project_qkv(0, schedule_.rows(b), convert(x, schedule_.rows(b)));
        schedule_.sync_all();
        for (std::size_t b = 0; b < schedule_.blocks(); ++b) {
            clear(schedule_.rows(b));
            attend(0, schedule_.rows(b));
        }
        schedule_.sync_all();
    }

    /// The MLP alone, likewise.
    void run_mlp(View<const float, Strided<>> x) const noexcept
    {
        for (std::size_t b = 0; b < schedule_.blocks(); ++b) {
            IndexRange const rows = schedule_.rows(b);
            clear(rows);
            detail::feed_forward<P>(blocks_.inner_features, blocks_.layers.front(), shape_,
                                    convert(x, rows), residual(rows), shared_, converted_,
                                    schedule_);
        }
        schedule_.sync_all();
    }

    /// Runs every layer on the embedded rows of the chunk, which this thread's block must be able
    /// to see. The residual stream of all rows is then complete.
    void run_layers() const noexcept
    {
        std::size_t const layers = blocks_.layers.size();
        for (std::size_t b = 0; b < schedule_.blocks(); ++b) project_qkv(0, schedule_.rows(b));
        for (std::size_t layer = 0; layer < layers; ++layer) {
            schedule_.sync_all();
            for (std::size_t b = 0; b < schedule_.blocks(); ++b) {
                run_block(layer, schedule_.rows(b));
                if (layer + 1 < layers) project_qkv(layer + 1, schedule_.rows(b));
            }
        }
        schedule_.sync_all();
    }

private:
    using Cache = KvCache<P.kv>;
    using Inputs = typename MatmulInputs<P>::Rows;

    /// Rows of a head that one thread takes at a time: few enough to share out a prompt of few
    /// heads, enough to use a head's keys and values twice.
    static constexpr std::size_t attention_item_rows = 64;

    View<float, Strided<>> residual(IndexRange rows) const noexcept
    {
        return row_range(chunk_.residual.view(), rows.begin, rows.size());
    }

    /// x = 0 for a block's rows. Threads that share them meet before any adds to them.
    void clear(IndexRange rows) const noexcept
    {
        auto const x = residual(rows);
        IndexRange const mine = own_part(rows);
        for (std::size_t i = mine.begin; i < mine.end; ++i)
            std::fill_n(x.row(i), shape_.width, 0.0F);
    }

    /// Which of a block's rows this thread sees to alone, where threads may share them.
    IndexRange own_part(IndexRange rows) const noexcept
    {
        return schedule_.by_columns() ? schedule_.team().share(rows.size())
                                      : IndexRange{0, rows.size()};
    }

    /// A block's rows of a caller's, as matmuls read them.
    Inputs convert(View<const float, Strided<>> x, IndexRange rows) const noexcept
    {
        return convert_together(converted_.inputs, row_range(x, rows.begin, rows.size()),
                                schedule_);
    }

    /// Attention and MLP of a layer for a block's rows, whose queries, keys and values are there.
    void run_block(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& block = blocks_.layers[layer];
        if (shape_.residual == Residual::sequential) {
            attend(layer, rows);
            normalise_in_place(block.norm(Role::attention_norm), rows);
            feed_forward(Role::mlp_norm, block, rows);
            normalise_in_place(block.norm(Role::mlp_norm), rows);
        } else {
            // Attention has all it needs of x; the MLP still reads it, and goes first.
            feed_forward(shape_.has_mlp_norm() ? Role::mlp_norm : Role::attention_norm, block,
                         rows);
            attend(layer, rows);
        }
    }

    /// What the matmuls of attention or MLP read of a block's rows: their norm, or the rows
    /// themselves where no norm comes before.
    Inputs normalise(const NormWeights& norm, IndexRange rows) const noexcept
    {
        auto const x = residual(rows);
        if (shape_.norm_placement != NormPlacement::before) {
            return convert_together(converted_.inputs, x, schedule_);
        }
        IndexRange const mine = schedule_.conversions(rows.size());
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            if constexpr (MatmulInputs<P>::template takes<float>) {
                norm.forward(shape_.norm, x.row(i), shape_.norm_epsilon,
                             converted_.normed.view().row(i));
            } else {
                float* const normed = own_.row.data(); // one row, which stays in L1
                norm.forward(shape_.norm, x.row(i), shape_.norm_epsilon, normed);
                converted_.inputs.store(i, normed, shape_.width);
            }
        }
        schedule_.sync_conversion();
        if constexpr (MatmulInputs<P>::template takes<float>) {
            return row_range(std::as_const(converted_.normed).view(), 0, rows.size());
        } else {
            return converted_.inputs.rows(rows.size(), shape_.width);
        }
    }

    /// x = norm(x) for a block's rows, where norms come after.
    void normalise_in_place(const NormWeights& norm, IndexRange rows) const noexcept
    {
        if (shape_.norm_placement != NormPlacement::after) return;
        IndexRange const mine = own_part(rows);
        for (std::size_t i = mine.begin; i < mine.end; ++i) {
            float* const x = chunk_.residual.view().row(rows.begin + i);
            norm.forward(shape_.norm, x, shape_.norm_epsilon, x);
        }
        schedule_.sync_block();
    }

    void project_qkv(std::size_t layer, IndexRange rows) const noexcept
    {
        auto const& norm = blocks_.layers[layer].norm(Role::attention_norm);
        project_qkv(layer, rows, normalise(norm, rows));
    }

    /// Queries, keys and values of a block's rows, of which `x` are the inputs.
    void project_qkv(std::size_t layer, IndexRange rows, Inputs x) const noexcept
    {
        auto const& block = blocks_.layers[layer];
        auto const& query = block.matmul(Role::query);
        auto const& key = block.matmul(Role::key);
        auto const& value = block.matmul(Role::value);
        IndexRange const query_panels = schedule_.panels(query.panels());
        IndexRange const key_panels = schedule_.panels(key.panels());
        FinishHeadRun const finish_query = finish_run(query.bias_data(), rows);
        FinishHeadRun const finish_key = finish_run(key.bias_data(), rows);
        std::size_t const cached = layer % blocks_.cached_layers;
        if constexpr (Cache::has_scales) {
            auto const all = row_range(shared_.projected.view(), 0, rows.size());
            std::size_t const keys = shape_.query_width();
            std::size_t const values = keys + shape_.key_width();
            matmul_panels(x, query.weight.view(), query_panels,
                          StoreHeads<float>{finish_query, all.data(), all.row_stride()});
            matmul_panels(x, key.weight.view(), key_panels,
                          StoreHeads<float>{finish_key, all.data() + keys, all.row_stride()});
            value.forward(x, key_panels, column_range(all, values, shape_.key_width()), 0);
            schedule_.sync_block();
            QuantizeQkv<P>(all, rows, cached, shape_, chunk_).run(schedule_);
        } else {
            auto const queries = chunk_.queries.view();
            const Place<P.kv>* const places = chunk_.places.data() + rows.begin;
            matmul_panels(x, query.weight.view(), query_panels,
                          StoreHeads<typename Cache::Input>{finish_query, queries.row(rows.begin),
                                                            queries.row_stride()});
            matmul_panels(x, key.weight.view(), key_panels,
                          AppendKeys<P.kv>{finish_key, places, cached});
            matmul_panels(x, value.weight.view(), key_panels,
                          AppendValues<P.kv>(value.bias_data(), HeadDivision(shape_.head_width),
                                             places, cached));
        }
    }

    FinishHeadRun finish_run(const float* bias, IndexRange rows) const noexcept
    {
        return {bias, HeadDivision(shape_.head_width), shape_.rotary_width,
                row_range(std::as_const(chunk_.rotations).view(), rows.begin, rows.size())};
    }

    /// x += projection(attention(q, cache)) for a block's rows.
    void attend(std::size_t layer, IndexRange rows) const noexcept
    {
        std::size_t const cached = layer % blocks_.cached_layers;
        std::size_t item = 0; // dealt out to the threads of the block
        for (auto const& segment : chunk_.segments) {
            std::size_t const begin = std::max(rows.begin, segment.first_row);
            std::size_t const end = std::min(rows.end, segment.first_row + segment.rows);
            for (std::size_t first = begin; first < end; first += attention_item_rows) {
                std::size_t const count = std::min(attention_item_rows, end - first);
                for (std::size_t head = 0; head < shape_.heads; ++head, ++item) {
                    if (schedule_.by_columns() &&
                        item % schedule_.team().size() != schedule_.team().rank()) {
                        continue;
                    }
                    attend_head(cached, head, segment, {first, first + count},
                                shared_.attended.view().row(first - rows.begin));
                }
            }
        }
        schedule_.sync_block();
        auto const& projection = blocks_.layers[layer].matmul(Role::attention_projection);
        auto const attended = row_range(shared_.attended.view(), 0, rows.size());
        projection.add_forward(convert_together(converted_.inputs, attended, schedule_), 0,
                               schedule_.panels(projection.panels()), residual(rows));
        schedule_.sync_block();
    }

    /// `rows` of one segment and one head of queries.
    void attend_head(std::size_t cached, std::size_t head, const Segment<P.kv>& segment,
                     IndexRange rows, float* out) const noexcept
    {
        std::size_t const key_head = head / (shape_.heads / shape_.kv_heads);
        std::size_t const head_width = shape_.head_width;
        auto cache = cached_head(segment.cache->keys(cached, key_head),
                                 segment.cache->values(cached, key_head));
        if constexpr (!Cache::has_scales) {
            cache.keys.data += segment.origin / panel_width * cache.keys.panel_stride;
            cache.values.data += segment.origin * panel_width;
        }
        detail::attend(AttentionHead<typename Cache::Element>{
            queries_of(head, rows.begin, rows.size()), rows.size(), cache,
            segment.first_position + rows.begin - segment.first_row, shape_.window,
            1.0F / std::sqrt(static_cast<float>(head_width)), out + head * head_width,
            shared_.attended.view().row_stride(), segment.seen_by_all});
    }

    /// A head's queries of `count` rows, as the cache is multiplied with them.
    CacheQueries<typename Cache::Element> queries_of(std::size_t head, std::size_t first_row,
                                                     std::size_t count) const noexcept
    {
        auto const queries = std::as_const(chunk_.queries).view();
        std::size_t const column = head * shape_.head_width;
        std::size_t const stride = queries.row_stride();
        if constexpr (Cache::has_scales) {
            const float* const scales =
                chunk_.query_scales.data() + head * chunk_.max_rows() + first_row;
            return {{queries.row(2 * first_row) + column, stride, 2 * count}, scales};
        } else {
            return {queries.row(first_row) + column, stride, count};
        }
    }

    /// x += mlp(norm(x)) for a block's rows.
    void feed_forward(Role norm, const BlockWeights<P.weights>& block,
                      IndexRange rows) const noexcept
    {
        detail::feed_forward<P>(blocks_.inner_features, block, shape_,
                                normalise(block.norm(norm), rows), residual(rows), shared_,
                                converted_, schedule_);
    }

    Blocks<P> blocks_;
    Chunk<P>& chunk_;
    const BlockShape& shape_;
    Schedule schedule_;
    SharedScratch<P>& shared_;
    ConvertedScratch<P>& converted_;
    OwnScratch& own_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
