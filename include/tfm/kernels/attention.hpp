#pragma once

/// \file
/// Causal attention in one pass over a key-value cache in packed cells.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "matmul.hpp"
#include "quantize.hpp"
#include "softmax.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Positions whose scores are held at once: enough that rescaling the output is rare, few enough
/// that the scores of a tile of rows (16 KB of 32 rows) stay in L1 beside the keys.
inline constexpr std::size_t attention_block = 128;

/// Where a block of positions may begin: at whole tiles of cells, whatever the cache holds.
inline constexpr std::size_t attention_alignment = 64;

/// What a cache of T is multiplied with.
template <class T>
using CacheInput = std::conditional_t<std::same_as<T, bf16>, Bf16Input, float>;

/// Rows of a head that go through its cache together: those of a register tile.
template <class T>
inline constexpr std::size_t attention_rows = [] {
    if constexpr (std::same_as<T, float>) return std::size_t{simd::Fp32Atom::max_rows};
    return TFM_ISA_HAS_AMX ? std::size_t{32} : std::size_t{simd::Bf16Atom::max_rows};
}();

/// One head's queries, cache of T and output without their static shapes. Rows of `q` and `out` are
/// `head_width` elements; query row i stands at position `first_position + i` and sees the keys up
/// to its own.
template <class T>
struct AttentionHead {
    RowsPointer<CacheInput<T>> q;
    PackedPointer<T> keys;   ///< (head_width, positions)
    PackedPointer<T> values; ///< (positions, head_width)
    std::size_t first_position;
    std::size_t window; ///< positions a row sees at most, its own among them
    float scale;
    float* out;
    std::size_t out_stride;
    std::size_t seen_by_all = 0; ///< positions that every row sees instead, if not 0
};

/// The running state of one row's softmax: the largest score before scaling, and the sum of
/// exp(scale * (score - largest)).
struct SoftmaxState {
    float largest = -std::numeric_limits<float>::infinity();
    float sum = 0.0F;
};

/// Brings a row's sum and output so far to a new maximum.
inline void raise_largest(SoftmaxState& state, float largest, float scale, float* out,
                          std::size_t head_width) noexcept
{
    float const correction = std::exp((state.largest - largest) * scale);
    state.sum *= correction;
    state.largest = largest;
    simd::for_each_vec(head_width, [&](std::size_t i, auto load, auto store) {
        store(out + i, load(out + i) * simd::broadcast(correction));
    });
}

/// Turns a row of raw scores, which it may change, into weights of float or bf16; `weights` may be
/// `scores`. Scores outside `visible` get weight zero.
template <class T>
void weigh_scores(float* scores, IndexRange visible, std::size_t count, float scale,
                  SoftmaxState& state, T* weights, float* out, std::size_t head_width) noexcept
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
        if (!(largest <= state.largest)) raise_largest(state, largest, scale, out, head_width);
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

/// Up to `attention_rows` rows of one head (Milakov and Gimelshein 2018, Dao et al. 2022: a
/// running maximum instead of a matrix of scores).
template <class T>
void attend_tile(const AttentionHead<T>& head, std::size_t first_row, std::size_t rows) noexcept
{
    constexpr std::size_t max_rows = attention_rows<T>;
    constexpr bool in_place = std::same_as<CacheInput<T>, float>;
    alignas(alignment) float scores[max_rows * attention_block];
    alignas(alignment) CacheInput<T> rounded[in_place ? 1 : max_rows * attention_block];
    CacheInput<T>* const weights = [&] {
        if constexpr (in_place) {
            static_cast<void>(rounded);
            return scores;
        } else {
            return rounded;
        }
    }();
    SoftmaxState states[max_rows];

    std::size_t const head_width = head.keys.k;
    RowsPointer<CacheInput<T>> const q{head.q.data + first_row * head.q.stride, head.q.stride,
                                       rows};
    float* const out = head.out + first_row * head.out_stride;
    for (std::size_t i = 0; i < rows; ++i) std::fill_n(out + i * head.out_stride, head_width, 0.0F);

    std::size_t const first_position = head.first_position + first_row;
    std::size_t const positions = head.seen_by_all > 0 ? head.seen_by_all : first_position + rows;
    // The first row sees farthest back.
    std::size_t const oldest = first_position + 1 - std::min(head.window, first_position + 1);
    for (std::size_t begin = oldest / attention_alignment * attention_alignment; begin < positions;
         begin += attention_block) {
        std::size_t const count = std::min(attention_block, positions - begin);
        PackedPointer<T> keys = head.keys;
        keys.n = positions;
        PanelRange const panels{begin / panel_width, divide_up(begin + count, panel_width)};
        matmul_panels(q, keys, panels, StoreRows{scores, attention_block}.from_column(begin));
        for (std::size_t i = 0; i < rows; ++i) {
            std::size_t const last = head.seen_by_all > 0 ? positions - 1 : first_position + i;
            weigh_scores(scores + i * attention_block,
                         visible_positions(last, head.window, begin, count), count, head.scale,
                         states[i], weights + i * attention_block, out + i * head.out_stride,
                         head_width);
        }
        PackedPointer<T> values = head.values;
        values.data += begin * panel_width;
        values.k = count;
        matmul_panels(RowsPointer<CacheInput<T>>{weights, attention_block, rows}, values,
                      {0, divide_up(head_width, panel_width)},
                      StoreRows{out, head.out_stride, AddResidual(out, head.out_stride)});
    }
    for (std::size_t i = 0; i < rows; ++i) {
        float* const row = out + i * head.out_stride;
        float const inverse = 1.0F / states[i].sum;
        simd::for_each_vec(head_width, [&](std::size_t j, auto load, auto store) {
            store(row + j, load(row + j) * simd::broadcast(inverse));
        });
    }
}

template <class T>
void attend(const AttentionHead<T>& head) noexcept
{
    std::size_t const tiles = divide_up(head.q.rows, attention_rows<T>);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
        std::size_t const first = tile * head.q.rows / tiles;
        attend_tile(head, first, (tile + 1) * head.q.rows / tiles - first);
    }
}

/// Whether positions [first, first + count) exist, for any `first`: a sum could wrap around.
constexpr bool has_positions(std::size_t positions, std::size_t first, std::size_t count) noexcept
{
    return count <= positions && first <= positions - count;
}

/// Throws unless rows (count, width) fit a cache of (positions, head_width) from `first` on.
inline void require_room(const char* name, std::size_t count, std::size_t width, std::size_t first,
                         std::size_t positions, std::size_t head_width)
{
    require(width == head_width && has_positions(positions, first, count), [&] {
        return std::string(name) + ": " + std::to_string(count) + " rows of width " +
               std::to_string(width) + " at position " + std::to_string(first) +
               " do not fit a cache of " + std::to_string(positions) + " positions of width " +
               std::to_string(head_width);
    });
}

/// `count` features of a key from number `feature` on, into the column of its position.
template <class T, std::size_t HeadWidth, std::size_t Positions>
void append_key(const float* from, std::size_t count, View<T, Packed<HeadWidth, Positions>> keys,
                std::size_t feature, std::size_t position) noexcept
{
    constexpr std::size_t group = k_group<T>;
    T* const column = &keys(0, position);
    auto const place = [&](std::size_t k) {
        return column + k / group * (panel_width * group) + k % group;
    };
    constexpr std::size_t chunk = 64;
    T rounded[chunk];
    for (std::size_t first = 0; first < count; first += chunk) {
        std::size_t const n = std::min(chunk, count - first);
        convert_row(from + first, n, rounded);
        std::size_t const k = feature + first;
        std::size_t i = 0;
        if (k % group == 0) {
            for (std::size_t const whole = n / group * group; i < whole; i += group) {
                std::memcpy(place(k + i), rounded + i, group * sizeof(T));
            }
        }
        for (; i < n; ++i) *place(k + i) = rounded[i];
    }
}

/// `count` features of a value from number `feature` on, into the row of its position.
template <class T, std::size_t Positions, std::size_t HeadWidth>
void append_value(const float* from, std::size_t count,
                  View<T, Packed<Positions, HeadWidth>> values, std::size_t feature,
                  std::size_t position) noexcept
{
    constexpr std::size_t group = k_group<T>;
    for (std::size_t i = 0; i < count;) { // a panel's part of the row at a time
        std::size_t const first = (feature + i) % panel_width;
        std::size_t const run = std::min(panel_width - first, count - i);
        T* const to = &values(position, feature + i);
        for (std::size_t j = 0; j < run; ++j) to[j * group] = T(from[i + j]);
        i += run;
    }
}

/// The same for the values of two positions, `position` and the next, which share cells.
template <std::size_t Positions, std::size_t HeadWidth>
void append_value_pair(const float* first, const float* second, std::size_t count,
                       View<bf16, Packed<Positions, HeadWidth>> values, std::size_t feature,
                       std::size_t position) noexcept
{
    for (std::size_t i = 0; i < count;) {
        std::size_t const column = (feature + i) % panel_width;
        std::size_t const run = std::min(panel_width - column, count - i);
        bf16* const to = &values(position, feature + i);
        std::size_t j = 0;
        for (std::size_t const whole = run / simd::lanes * simd::lanes; j < whole;
             j += simd::lanes) {
            simd::store_pairs(to + 2 * j, simd::load(first + i + j), simd::load(second + i + j));
        }
        for (; j < run; ++j) {
            to[2 * j] = bf16(first[i + j]);
            to[2 * j + 1] = bf16(second[i + j]);
        }
        i += run;
    }
}

} // namespace detail

/// What a cache may hold.
template <class T>
concept CacheElement = std::same_as<T, float> || std::same_as<T, bf16>;

/// Writes rows (M, head_width) of keys into the cells of a cache's positions
/// [first_position, first_position + M), rounded to what it holds. Throws `tfm::Error` where they
/// do not fit.
template <Fp32 T, RowsLayout LK, CacheElement TK, std::size_t HeadWidth, std::size_t Positions>
void append_keys(View<T, LK> rows, View<TK, Packed<HeadWidth, Positions>> keys,
                 std::size_t first_position)
{
    static_assert(SameExtent<SourceColumns<LK::cols>, PackedK<HeadWidth>>::value);
    detail::require_room("tfm::append_keys", rows.rows(), rows.cols(), first_position, keys.cols(),
                         keys.rows());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        detail::append_key(rows.row(i), rows.cols(), keys, 0, first_position + i);
    }
}

/// Writes rows (M, head_width) of values into the cells of a cache's positions
/// [first_position, first_position + M), rounded to what it holds. Throws `tfm::Error` where they
/// do not fit.
template <Fp32 T, RowsLayout LV, CacheElement TV, std::size_t Positions, std::size_t HeadWidth>
void append_values(View<T, LV> rows, View<TV, Packed<Positions, HeadWidth>> values,
                   std::size_t first_position)
{
    static_assert(SameExtent<SourceColumns<LV::cols>, PackedN<HeadWidth>>::value);
    detail::require_room("tfm::append_values", rows.rows(), rows.cols(), first_position,
                         values.rows(), values.cols());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        detail::append_value(rows.row(i), rows.cols(), values, 0, first_position + i);
    }
}

/// out = softmax(q keysᵀ / sqrt(head_width), causally masked) values, for one head.
///
/// q and out are (M, head_width), q of type `Bf16Input` where the cache is bf16; row i stands at
/// position `first_position + i` of the cache and sees the last `window` positions up to its own
/// (Beltagy et al. 2020), by default all, which must have been appended. Attention as in Vaswani et
/// al. 2017. Throws `tfm::Error` when the cache is too short, the window 0, or widths known only at
/// run time differ.
template <class TQ, RowsLayout LQ, class TK, class TV, std::size_t HeadWidth, std::size_t Positions,
          Fp32 TO, RowsLayout LO>
requires(CacheElement<std::remove_const_t<TK>>&& std::same_as<std::remove_const_t<TK>,
                                                              std::remove_const_t<TV>>&&
             std::same_as<std::remove_const_t<TQ>, detail::CacheInput<std::remove_const_t<TK>>>) //
    void causal_attention(View<TQ, LQ> q, View<TK, Packed<HeadWidth, Positions>> keys,
                          View<TV, Packed<Positions, HeadWidth>> values, std::size_t first_position,
                          View<TO, LO> out,
                          std::size_t window = std::numeric_limits<std::size_t>::max())
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LQ::cols>, PackedK<HeadWidth>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<HeadWidth>>::value);
    require(q.cols() == keys.rows() && q.cols() == values.cols() && q.cols() == out.cols() &&
                q.rows() == out.rows(),
            [&] {
                return "tfm::causal_attention: q is " + std::to_string(q.rows()) + " x " +
                       std::to_string(q.cols()) + ", the output " + std::to_string(out.rows()) +
                       " x " + std::to_string(out.cols()) + ", the cache's head width " +
                       std::to_string(keys.rows());
            });
    require(window > 0, [] { return "tfm::causal_attention: expected a window of at least 1"; });
    std::size_t const positions = std::min(keys.cols(), values.rows());
    require(detail::has_positions(positions, first_position, q.rows()), [&] {
        return "tfm::causal_attention: position " + std::to_string(first_position) + " and " +
               std::to_string(q.rows()) + " rows exceed the cache's " + std::to_string(positions) +
               " positions";
    });
    float const scale = 1.0F / std::sqrt(static_cast<float>(q.cols()));
    detail::attend(
        detail::AttentionHead<std::remove_const_t<TK>>{{q.data(), q.row_stride(), q.rows()},
                                                       detail::packed_pointer(keys),
                                                       detail::packed_pointer(values),
                                                       first_position,
                                                       window,
                                                       scale,
                                                       out.data(),
                                                       out.row_stride()});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
