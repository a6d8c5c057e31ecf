#pragma once

/// \file
/// Where the results of the query, key and value projections go, straight from L1.

#include <algorithm>
#include <cstddef>

#include "../kernels/epilogue.hpp"
#include "../kernels/rope.hpp"
#include "decoder_shape.hpp"
#include "workspace.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Cuts a tile's row into runs of features of one head: `visit(head, feature, first, count)` for
/// columns [first, first + count) of the tile.
template <std::size_t HeadWidth, class Visit>
void for_each_head_run(const TileSums& tile, Visit&& visit)
{
    for (std::size_t j = 0; j < tile.cols;) {
        std::size_t const col = tile.first_col + j;
        std::size_t const feature = col % HeadWidth;
        std::size_t const run = std::min(tile.cols - j, HeadWidth - feature);
        visit(col / HeadWidth, feature, j, run);
        j += run;
    }
}

/// Adds the bias and turns pairs of features: what becomes of a row of queries or keys in a tile.
/// A run of features begins at an even one, so that no pair is cut: panels are of even width, and
/// heads too where there are rotary positions.
template <DecoderShape S>
struct FinishHeadRun {
    const float* bias; ///< one float per column; unused where the projections have none

    /// `count` sums of head features from `feature` on, of columns from `col` on, into `out`.
    void operator()(const float* sums, std::size_t col, std::size_t feature, std::size_t count,
                    const float* rotation, float* out) const noexcept
    {
        for (std::size_t i = 0; i < count; ++i) {
            if constexpr (S.biases.qkv) {
                out[i] = sums[i] + bias[col + i];
            } else {
                out[i] = sums[i];
            }
        }
        if (feature < S.rotary_width()) {
            rotate_pairs(out, rotation + feature, std::min(count, S.rotary_width() - feature));
        }
    }
};

/// Sink: rows of queries, `stride` elements apart, as the cache is multiplied with them.
template <DecoderShape S, class Query>
struct StoreQueries {
    FinishHeadRun<S> finish;
    View<const float, Strided<dyn, S.rotary_width()>> rotations; ///< of the matmul's rows
    Query* out;
    std::size_t stride;

    void operator()(const TileSums& tile) const noexcept
    {
        float queries[max_tile_columns];
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            for_each_head_run<S.head_width()>(
                tile, [&](std::size_t, std::size_t feature, std::size_t first, std::size_t count) {
                    std::size_t const col = tile.first_col + first;
                    finish(tile.sums + i * tile.stride + first, col, feature, count,
                           rotations.row(row), queries);
                    convert_row(queries, count, out + row * stride + col);
                });
        }
    }
};

/// Sink: scatters rows of keys into the cells of their sessions' caches.
template <DecoderShape S, Precision P>
struct AppendKeys {
    FinishHeadRun<S> finish;
    View<const float, Strided<dyn, S.rotary_width()>> rotations; ///< of the matmul's rows
    const typename Workspace<S, P>::Place* places;               ///< of the matmul's first row
    std::size_t layer;

    void operator()(const TileSums& tile) const noexcept
    {
        float keys[max_tile_columns];
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            auto const& place = places[row];
            for_each_head_run<S.head_width()>(tile, [&](std::size_t head, std::size_t feature,
                                                        std::size_t first, std::size_t count) {
                finish(tile.sums + i * tile.stride + first, tile.first_col + first, feature, count,
                       rotations.row(row), keys);
                append_key(keys, count, place.cache->keys(layer, head), feature, place.position);
            });
        }
    }
};

/// Sink: scatters rows of values into the cells of their sessions' caches.
template <DecoderShape S, Precision P>
struct AppendValues {
    const float* bias; ///< one float per column; unused where the projections have none
    const typename Workspace<S, P>::Place* places; ///< of the matmul's first row
    std::size_t layer;

    void operator()(const TileSums& tile) const noexcept
    {
        float values[max_tile_columns];
        for (std::size_t i = 0; i < tile.rows; ++i) {
            auto const& place = places[tile.first_row + i];
            const float* const sums = tile.sums + i * tile.stride;
            for (std::size_t j = 0; j < tile.cols; ++j) {
                values[j] = sums[j];
                if constexpr (S.biases.qkv) values[j] += bias[tile.first_col + j];
            }
            for_each_head_run<S.head_width()>(tile, [&](std::size_t head, std::size_t feature,
                                                        std::size_t first, std::size_t count) {
                append_value(values + first, count, place.cache->values(layer, head), feature,
                             place.position);
            });
        }
    }
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
