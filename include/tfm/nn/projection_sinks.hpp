#pragma once

/// \file
/// Where the results of the query, key and value projections go, straight from L1.

#include <algorithm>
#include <bit>
#include <cstddef>

#include "../kernels/epilogue.hpp"
#include "../kernels/rope.hpp"
#include "chunk.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Where a column of a projection stands: in which head, and which of the head's features.
struct HeadColumn {
    std::size_t head;
    std::size_t feature;
};

/// Divides columns by the width of a head. AMX hands out a few rows of a tile at a time, so often
/// that a division each would be a hundredth of a prompt; the usual widths need none.
class HeadDivision {
public:
    explicit HeadDivision(std::size_t head_width) noexcept
        : width(head_width), shift_(std::has_single_bit(head_width)
                                        ? static_cast<unsigned>(std::countr_zero(head_width))
                                        : no_shift)
    {
    }

    /// The place of a column.
    HeadColumn operator()(std::size_t col) const noexcept
    {
        if (shift_ != no_shift) return {col >> shift_, col & (width - 1)};
        return {col / width, col % width};
    }

    std::size_t width; ///< of a head

private:
    static constexpr unsigned no_shift = ~0U;
    unsigned shift_;
};

/// Cuts `cols` columns from `first` on into runs of features of one head:
/// `visit(head, feature, begin, count)` for the columns [begin, begin + count) of them.
template <class Visit>
void for_each_head_run(HeadColumn first, std::size_t head_width, std::size_t cols, Visit&& visit)
{
    for (std::size_t begin = 0; begin < cols;) {
        std::size_t const count = std::min(cols - begin, head_width - first.feature);
        visit(first.head, first.feature, begin, count);
        begin += count;
        ++first.head;
        first.feature = 0;
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
struct FinishHeadRun {
    const float* bias; ///< one float per column, or null
    HeadDivision heads;
    std::size_t rotary_width;               ///< features of a head that turn
    View<const float, Strided<>> rotations; ///< (rows of the matmul, rotary_width)

    /// `count` sums of head features from `feature` on, of columns from `col` on, into `out`.
    void operator()(const float* sums, std::size_t row, std::size_t col, std::size_t feature,
                    std::size_t count, float* out) const noexcept
    {
        if (bias != nullptr) {
            for (std::size_t i = 0; i < count; ++i) out[i] = sums[i] + bias[col + i];
        } else {
            std::copy_n(sums, count, out);
        }
        if (feature < rotary_width) {
            rotate_pairs(out, rotations.row(row) + feature,
                         std::min(count, rotary_width - feature));
        }
    }

    /// Calls `use(finished, row, head, feature, count)` for the runs of each row of a tile.
    template <class Tile, class Use>
    void for_each_run(const Tile& tile, Use&& use) const noexcept
    {
        float sums[max_tile_columns];
        float finished[max_tile_columns];
        HeadColumn const first_column = heads(tile.first_col);
        for (std::size_t i = 0; i < tile.rows; ++i) {
            std::size_t const row = tile.first_row + i;
            copy_row(tile, i, sums);
            for_each_head_run(
                first_column, heads.width, tile.cols,
                [&](std::size_t head, std::size_t feature, std::size_t begin, std::size_t count) {
                    (*this)(sums + begin, row, tile.first_col + begin, feature, count, finished);
                    use(finished, row, head, feature, count);
                });
        }
    }
};

/// Sink: rows of queries, `stride` elements apart, as the cache is multiplied with them; or of keys
/// as floats.
template <class Out>
struct StoreHeads {
    FinishHeadRun finish;
    Out* out;
    std::size_t stride;

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        finish.for_each_run(tile, [&](const float* features, std::size_t row, std::size_t head,
                                      std::size_t feature, std::size_t count) {
            convert_row(features, count, out + row * stride + head * finish.heads.width + feature);
        });
    }
};

/// Sink: scatters rows of keys into the cells of their sequences' caches.
template <Dtype D>
struct AppendKeys {
    FinishHeadRun finish;
    const Place<D>* places; ///< of the matmul's first row
    std::size_t layer;      ///< of the cache

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        finish.for_each_run(tile, [&](const float* features, std::size_t row, std::size_t head,
                                      std::size_t feature, std::size_t count) {
            auto const& place = places[row];
            append_key(features, count, place.cache->keys(layer, head), feature, place.position);
        });
    }
};

/// Sink: scatters rows of values into the cells of their sequences' caches.
template <Dtype D>
class AppendValues {
    using Element = ElementOf<D>;

public:
    /// \param bias   one float per column, or null
    /// \param places of the matmul's rows
    /// \param layer  of the cache
    AppendValues(const float* bias, HeadDivision heads, const Place<D>* places,
                 std::size_t layer) noexcept
        : bias_(bias), heads_(heads), places_(places), layer_(layer)
    {
    }

    template <class Tile>
    void operator()(const Tile& tile) const noexcept
    {
        HeadColumn const first_column = heads_(tile.first_col);
        for (std::size_t i = 0; i < tile.rows;) {
            if (i + 1 < tile.rows && share_cells(tile.first_row + i)) {
                append_pair(tile, i, first_column);
                i += 2;
            } else {
                append_row(tile, i, first_column);
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
        if (bias_ == nullptr) return;
        for (std::size_t j = 0; j < tile.cols; ++j) values[j] += bias_[tile.first_col + j];
    }

    template <class Tile>
    void append_row(const Tile& tile, std::size_t i, HeadColumn first_column) const noexcept
    {
        float values[max_tile_columns];
        finish_row(tile, i, values);
        auto const& place = places_[tile.first_row + i];
        for_each_head_run(
            first_column, heads_.width, tile.cols,
            [&](std::size_t head, std::size_t feature, std::size_t begin, std::size_t count) {
                scatter_value(values + begin, count, place.cache->values(layer_, head), feature,
                              place.position);
            });
    }

    template <class Tile>
    void append_pair(const Tile& tile, std::size_t i, HeadColumn first_column) const noexcept
    {
        if constexpr (k_group<Element> == 2) {
            float values[2][max_tile_columns];
            finish_row(tile, i, values[0]);
            finish_row(tile, i + 1, values[1]);
            auto const& place = places_[tile.first_row + i];
            for_each_head_run(
                first_column, heads_.width, tile.cols,
                [&](std::size_t head, std::size_t feature, std::size_t begin, std::size_t count) {
                    scatter_value_pair(values[0] + begin, values[1] + begin, count,
                                       place.cache->values(layer_, head), feature, place.position);
                });
        }
    }

    const float* bias_;
    HeadDivision heads_;
    const Place<D>* places_;
    std::size_t layer_;
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
