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
template <std::size_t HeadWidth, class Tile, class Visit>
void for_each_head_run(const Tile& tile, Visit&& visit)
{
    for (std::size_t j = 0; j < tile.cols;) {
        std::size_t const col = tile.first_col + j;
        std::size_t const feature = col % HeadWidth;
        std::size_t const run = std::min(tile.cols - j, HeadWidth - feature);
        visit(col / HeadWidth, feature, j, run);
        j += run;
    }
}

/// Row i of a tile, to `out` of max_tile_columns.
template <class Tile>
void copy_row(const Tile& tile, std::size_t i, float* out)
{
    for (std::size_t j = 0; j < tile.cols; j += simd::lanes) simd::store(out + j, tile.load(i, j));
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

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        float sums[max_tile_columns];
        float queries[max_tile_columns];
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            copy_row(tile, i, sums);
            for_each_head_run<S.head_width()>(
                tile, [&](std::size_t, std::size_t feature, std::size_t first, std::size_t count) {
                    std::size_t const col = tile.first_col + first;
                    finish(sums + first, col, feature, count, rotations.row(row), queries);
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

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        float sums[max_tile_columns];
        float keys[max_tile_columns];
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            auto const& place = places[row];
            copy_row(tile, i, sums);
            for_each_head_run<S.head_width()>(tile, [&](std::size_t head, std::size_t feature,
                                                        std::size_t first, std::size_t count) {
                finish(sums + first, tile.first_col + first, feature, count, rotations.row(row),
                       keys);
                append_key(keys, count, place.cache->keys(layer, head), feature, place.position);
            });
        }
    }
};

/// Sink: scatters rows of values into the cells of their sessions' caches.
template <DecoderShape S, Precision P>
class AppendValues {
    using Element = typename KvCache<S, P>::Element;
    using Place = typename Workspace<S, P>::Place;

public:
    /// \param bias   one float per column; unused where the projections have none
    /// \param places of the matmul's rows
    AppendValues(const float* bias, const Place* places, std::size_t layer) noexcept
        : bias_(bias), places_(places), layer_(layer)
    {
    }

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        for (std::size_t i = 0; i < tile.rows;) {
            if (i + 1 < tile.rows && share_cells(tile.first_row + i)) {
                append_pair(tile, i);
                i += 2;
            } else {
                append_row(tile, i);
                i += 1;
            }
        }
    }

private:
    /// Whether the values of a row and the next go to the same cells.
    bool share_cells(std::size_t row) const noexcept
    {
        if constexpr (k_group<Element> != 2) return false;
        auto const& place = places_[row];
        auto const& next = places_[row + 1];
        return next.cache == place.cache && next.position == place.position + 1 &&
               place.position % 2 == 0;
    }

    template <class Tile>
    void finish_row(const Tile& tile, std::size_t i, float* values) const noexcept
    {
        copy_row(tile, i, values);
        if constexpr (S.biases.qkv) {
            for (std::size_t j = 0; j < tile.cols; ++j) values[j] += bias_[tile.first_col + j];
        }
    }

    template <class Tile>
    void append_row(const Tile& tile, std::size_t i) const noexcept
    {
        float values[max_tile_columns];
        finish_row(tile, i, values);
        auto const& place = places_[tile.first_row + i];
        for_each_head_run<S.head_width()>(
            tile, [&](std::size_t head, std::size_t feature, std::size_t first, std::size_t count) {
                scatter_value(values + first, count, place.cache->values(layer_, head), feature,
                              place.position);
            });
    }

    template <class Tile>
    void append_pair(const Tile& tile, std::size_t i) const noexcept
    {
        if constexpr (k_group<Element> == 2) {
            float values[2][max_tile_columns];
            finish_row(tile, i, values[0]);
            finish_row(tile, i + 1, values[1]);
            auto const& place = places_[tile.first_row + i];
            for_each_head_run<S.head_width()>(tile, [&](std::size_t head, std::size_t feature,
                                                        std::size_t first, std::size_t count) {
                scatter_value_pair(values[0] + first, values[1] + first, count,
                                   place.cache->values(layer_, head), feature, place.position);
            });
        }
    }

    const float* bias_;
    const Place* places_;
    std::size_t layer_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
