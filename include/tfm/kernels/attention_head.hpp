#pragma once

/// \file
/// Attention of one head's rows in one pass over its keys and values in packed cells.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "attention_mask.hpp"
#include "matmul.hpp"
#include "quantize.hpp"
#include "softmax.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Positions whose scores are held at once: enough that rescaling the output is rare, few enough
/// that the scores of a tile of rows (16 KB of 32 rows) stay in L1 beside the keys.
inline constexpr std::size_t attention_block = 128;

/// Tiles of cells begin at multiples of so many positions, whatever the cache holds.
inline constexpr std::size_t attention_alignment = 64;

/// Whether sums over positions have one order, whatever rows go through a cache of T together:
/// blocks of positions begin at the same ones, and a softmax's sum is that of a whole block.
template <class T>
inline constexpr bool has_fixed_blocks = !std::same_as<T, float>;

/// Blocks of positions begin at a multiple of this: the same for all rows, or near the oldest one
/// that any sees.
template <class T>
inline constexpr std::size_t block_alignment =
    has_fixed_blocks<T> ? attention_block : attention_alignment;

/// Rows of queries as a cache of T is multiplied with them.
template <class T>
using CacheQueries = std::conditional_t<std::same_as<T, std::int8_t>, ScaledRowsPointer<2>,
                                        RowsPointer<MatmulInput<T>>>;

/// Rows of a head that go through its cache together: those of a register tile, or on AMX two tiles
/// where rows are in halves.
template <class T>
inline constexpr std::size_t attention_rows = [] {
    if (TFM_ISA_HAS_AMX && !std::same_as<T, float>) return std::size_t{32};
    return std::size_t{RegisterAtomOf<T>::max_rows / (std::same_as<T, std::int8_t> ? 2 : 1)};
}();

/// One head's keys and values without their static shapes.
template <class T>
struct CachedHead {
    PackedPointer<T> keys;   ///< (head_width, positions)
    PackedPointer<T> values; ///< (positions, head_width)

    /// The keys of the first `positions`.
    PackedPointer<T> keys_until(std::size_t positions) const noexcept
    {
        return column_range(keys, positions);
    }
    /// The values of `count` positions from `first` on.
    PackedPointer<T> values_of(std::size_t first, std::size_t count) const noexcept
    {
        return input_range(values, first, count);
    }
};

/// The same in int8. A key's scale is the scale of its column of scores; a value's scale has to be
/// part of its softmax weight.
template <>
struct CachedHead<std::int8_t> {
    PackedPointer<std::int8_t> keys;
    PackedPointer<std::int8_t> values;
    const float* key_scales;   ///< one per position, padded to whole panels
    const float* value_scales; ///< one per position

    ScaledPackedPointer<ColumnScales> keys_until(std::size_t positions) const noexcept
    {
        return {column_range(keys, positions), {key_scales}};
    }
    ScaledPackedPointer<NoColumnScales> values_of(std::size_t first,
                                                  std::size_t count) const noexcept
    {
        return {input_range(values, first, count), {}};
    }
};

template <class TK, class TV, std::size_t HeadWidth, std::size_t Positions>
auto cached_head(View<TK, Packed<HeadWidth, Positions>> keys,
                 View<TV, Packed<Positions, HeadWidth>> values) noexcept
{
    return CachedHead<std::remove_const_t<TK>>{packed_pointer(keys), packed_pointer(values)};
}

template <std::size_t HeadWidth, std::size_t Positions>
auto cached_head(QuantizedCache<Packed<HeadWidth, Positions>> keys,
                 QuantizedCache<Packed<Positions, HeadWidth>> values) noexcept
{
    return CachedHead<std::int8_t>{packed_pointer(keys.values), packed_pointer(values.values),
                                   keys.scales, values.scales};
}

/// A window that hides no position.
inline constexpr std::size_t no_window = std::numeric_limits<std::size_t>::max();

/// One head's queries, cache of T and output without their static shapes. Rows of `q` have as many
/// elements as a key, rows of `out` as a value; query row i stands at position `first_position + i`
/// and sees the keys up to its own.
template <class T>
struct AttentionHead {
    CacheQueries<T> q;
    std::size_t rows;
    CachedHead<T> cache;
    std::size_t first_position;
    std::size_t window; ///< positions a row sees at most, its own among them
    float scale;
    float* out;
    std::size_t out_stride;
    std::size_t seen_by_all = 0;     ///< if not 0, every row sees this many positions instead
    const ScoreMask* mask = nullptr; ///< makes the scores, which `scale` then applies to, if any
};

/// The running state of one row's softmax: the largest score before scaling, and the sum of
/// exp(scale * (score - largest)).
struct SoftmaxState {
    float largest = -std::numeric_limits<float>::infinity();
    float sum = 0.0F;
};

/// Brings a row's sum and output so far to a new maximum.
inline void raise_largest(SoftmaxState& state, float largest, float scale, float* out,
                          std::size_t value_width) noexcept
{
    float const correction = std::exp((state.largest - largest) * scale);
    state.sum *= correction;
    state.largest = largest;
    simd::for_each_vec(value_width, [&](std::size_t i, auto load, auto store) {
        store(out + i, load(out + i) * simd::broadcast(correction));
    });
}

/// Turns a row of raw scores, which it may change, into weights of float or bf16; `weights` may be
/// `scores`. Scores outside `visible` get weight zero.
template <class T>
void weigh_scores(float* scores, IndexRange visible, std::size_t count, float scale,
                  SoftmaxState& state, T* weights, float* out, std::size_t value_width) noexcept
{
    if (visible.size() == 0) {
        std::fill_n(weights, count, T{});
        return;
    }
    constexpr float never = -std::numeric_limits<float>::infinity();
    std::fill_n(scores, visible.begin, never);
    std::fill(scores + visible.end, scores + count, never);
    auto const weigh = [&](auto n) {
        float const largest = row_max(scores, n);
        if (largest == never && state.largest == never) { // nothing to weigh against yet
            std::fill_n(weights, count, T{});
            return;
        }
        if (!(largest <= state.largest)) raise_largest(state, largest, scale, out, value_width);
        state.sum += exp_row(scores, n, scale, state.largest, weights);
    };
    // A whole block's loops are unrolled, so that one row's sums need not wait for another's.
    if (count == attention_block) {
        weigh(std::integral_constant<std::size_t, attention_block>{});
    } else {
        weigh(count);
    }
}

/// The positions among [begin, begin + count) that the row at `position` sees, counted from
/// `begin`.
constexpr IndexRange visible_positions(std::size_t position, std::size_t window, std::size_t begin,
                                       std::size_t count) noexcept
{
    std::size_t const seen = position + 1;
    std::size_t const end = std::clamp(seen, begin, begin + count);
    return {std::clamp(seen - std::min(window, seen), begin, end) - begin, end - begin};
}

/// The scores of a tile of rows and a block of positions, which become the softmax's weights as
/// values are multiplied with them: floats in the same place, bf16, or two halves of int8.
template <class T>
class TileScores {
    using Input = MatmulInput<T>;
    static constexpr std::size_t max_rows = attention_rows<T>;
    static constexpr bool in_place = std::same_as<Input, float>;
    static constexpr bool is_split = std::same_as<T, std::int8_t>;

public:
    /// The sink that takes scores from position `begin` on.
    auto sink(std::size_t begin) noexcept
    {
        return StoreRows{scores_, attention_block}.from_column(begin);
    }

    /// Makes scores of the products of row i, which is `row` of the head.
    void mask(std::size_t i, const ScoreMask& mask, std::size_t row, std::size_t begin,
              std::size_t count) noexcept
    {
        mask.apply(row, begin, count, scores_ + i * attention_block);
    }

    /// Makes row i's weights for the block of `count` positions from `begin` on; see
    /// `weigh_scores`.
    void weigh(std::size_t i, const AttentionHead<T>& head, IndexRange visible, std::size_t begin,
               std::size_t count, SoftmaxState& state, float* out) noexcept
    {
        float* const scores = scores_ + i * attention_block;
        auto* const weights = [&] {
            if constexpr (in_place || is_split) {
                return scores;
            } else {
                return weights_ + i * attention_block;
            }
        }();
        weigh_scores(scores, visible, has_fixed_blocks<T> ? attention_block : count, head.scale,
                     state, weights, out, head.cache.values.n);
        if constexpr (is_split) {
            const float* const scales = head.cache.value_scales + begin;
            simd::for_each_vec(count, [&](std::size_t j, auto load, auto store) {
                store(scores + j, load(scores + j) * load(scales + j));
            });
            std::int8_t* const high = weights_ + 2 * i * attention_block;
            scales_[i] = split_row(scores, count, high, high + attention_block);
        } else {
            static_cast<void>(begin);
        }
    }

    /// The weights of the first `rows` rows.
    CacheQueries<T> weights(std::size_t rows) const noexcept
    {
        if constexpr (is_split) {
            return {{weights_, attention_block, 2 * rows}, scales_};
        } else if constexpr (in_place) {
            return {scores_, attention_block, rows};
        } else {
            return {weights_, attention_block, rows};
        }
    }

private:
    static constexpr std::size_t weights_each = is_split ? 2 : 1;

    alignas(alignment) float scores_[max_rows * attention_block];
    alignas(alignment) Input weights_[in_place ? 1 : max_rows * weights_each * attention_block];
    float scales_[is_split ? max_rows : 1];
};

/// `matmul_pointers` of a cache. One of bf16 is multiplied on AMX, however few the rows, where that
/// is: it rounds sums in another order than vector registers do.
template <class X, class Cache, class Sink>
void matmul_cache(X x, Cache cache, PanelRange panels, Sink&& sink) noexcept
{
    if constexpr (std::same_as<Cache, PackedPointer<bf16>>) {
        matmul_pointers(x, cache, panels, sink, 1, 1);
    } else {
        matmul_pointers(x, cache, panels, sink);
    }
}

/// Attends up to `attention_rows` rows of one head (Milakov and Gimelshein 2018, Dao et al. 2022: a
/// running maximum instead of a matrix of scores).
template <class T>
void attend_tile(const AttentionHead<T>& head, std::size_t first_row, std::size_t rows) noexcept
{
    [[maybe_unused]] simd::TileRegisters const registers; // held for all products
    TileScores<T> scores;
    SoftmaxState states[attention_rows<T>];

    std::size_t const value_width = head.cache.values.n;
    auto const q = row_range(head.q, first_row, rows);
    float* const out = head.out + first_row * head.out_stride;
    for (std::size_t i = 0; i < rows; ++i)
        std::fill_n(out + i * head.out_stride, value_width, 0.0F);

    std::size_t const first_position = head.first_position + first_row;
    std::size_t const positions = head.seen_by_all > 0 ? head.seen_by_all : first_position + rows;
    // The first row sees farthest back.
    std::size_t const oldest = first_position + 1 - std::min(head.window, first_position + 1);
    for (std::size_t begin = oldest / block_alignment<T> * block_alignment<T>; begin < positions;
         begin += attention_block) {
        std::size_t const count = std::min(attention_block, positions - begin);
        PanelRange const panels{begin / panel_width, divide_up(begin + count, panel_width)};
        matmul_cache(q, head.cache.keys_until(positions), panels, scores.sink(begin));
        for (std::size_t i = 0; i < rows; ++i) {
            if (head.mask != nullptr) scores.mask(i, *head.mask, first_row + i, begin, count);
            std::size_t const last = head.seen_by_all > 0 ? positions - 1 : first_position + i;
            scores.weigh(i, head, visible_positions(last, head.window, begin, count), begin, count,
                         states[i], out + i * head.out_stride);
        }
        // A pair of positions in bf16 is added in its turn, whether or not rows see both.
        std::size_t const inputs = std::same_as<T, bf16> ? round_up(count, k_group<T>) : count;
        matmul_cache(scores.weights(rows), head.cache.values_of(begin, inputs),
                     {0, divide_up(value_width, panel_width)},
                     StoreRows{out, head.out_stride, AddResidual(out, head.out_stride)});
    }
    for (std::size_t i = 0; i < rows; ++i) {
        float* const row = out + i * head.out_stride;
        // A row whose every score was masked is zero, as PyTorch has it.
        float const inverse = states[i].sum == 0.0F ? 0.0F : 1.0F / states[i].sum;
        simd::for_each_vec(value_width, [&](std::size_t j, auto load, auto store) {
            store(row + j, load(row + j) * simd::broadcast(inverse));
        });
    }
}

template <class T>
void attend(const AttentionHead<T>& head) noexcept
{
    std::size_t const tiles = divide_up(head.rows, attention_rows<T>);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
        std::size_t const first = tile * head.rows / tiles;
        attend_tile(head, first, (tile + 1) * head.rows / tiles - first);
    }
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
