#pragma once

/// \file
/// Rows of keys and values on their way into the packed cells of a cache.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "../config.hpp"
#include "quantize.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

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

/// Calls `append(row, position)` for each row, or throws where rows do not fit.
template <class T, RowsLayout L, class Append>
void append_rows(const char* name, View<T, L> rows, std::size_t first_position,
                 std::size_t positions, std::size_t head_width, Append&& append)
{
    require_room(name, rows.rows(), rows.cols(), first_position, positions, head_width);
    for (std::size_t i = 0; i < rows.rows(); ++i) append(rows.row(i), first_position + i);
}

/// Writes `count` features of a key, from number `feature` on, into the column of its position.
template <class T, std::size_t HeadWidth, std::size_t Positions>
void scatter_key(const T* from, std::size_t count, View<T, Packed<HeadWidth, Positions>> keys,
                 std::size_t feature, std::size_t position) noexcept
{
    constexpr std::size_t group = k_group<T>;
    T* const column = &keys(0, position);
    auto const place = [&](std::size_t k) {
        return column + k / group * (panel_width * group) + k % group;
    };
    std::size_t i = 0;
    if (feature % group == 0) {
        for (std::size_t const whole = count / group * group; i < whole; i += group) {
            std::memcpy(place(feature + i), from + i, group * sizeof(T));
        }
    }
    for (; i < count; ++i) *place(feature + i) = from[i];
}

/// Writes `count` features of a value, from number `feature` on, into the row of its position.
template <class From, class T, std::size_t Positions, std::size_t HeadWidth>
void scatter_value(const From* from, std::size_t count,
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
void scatter_value_pair(const float* first, const float* second, std::size_t count,
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

/// Calls `use(rounded, first, n)` for `count` numbers in parts, each of which `round(from, n,
/// rounded)` makes of floats.
template <class T, class Round, class Use>
void for_each_rounded(const float* from, std::size_t count, Round&& round, Use&& use) noexcept
{
    constexpr std::size_t chunk = 64;
    T rounded[chunk];
    for (std::size_t first = 0; first < count; first += chunk) {
        std::size_t const n = std::min(chunk, count - first);
        round(from + first, n, rounded);
        use(rounded, first, n);
    }
}

/// Writes `count` features of a key, from number `feature` on, rounded to what the cache holds.
template <class T, std::size_t HeadWidth, std::size_t Positions>
void append_key(const float* from, std::size_t count, View<T, Packed<HeadWidth, Positions>> keys,
                std::size_t feature, std::size_t position) noexcept
{
    for_each_rounded<T>(
        from, count, [](const float* x, std::size_t n, T* out) { convert_row(x, n, out); },
        [&](const T* rounded, std::size_t first, std::size_t n) {
            scatter_key(rounded, n, keys, feature + first, position);
        });
}

/// Rounds a key or value of `count` features to int8 and hands it to `scatter(rounded, first, n)`
/// in parts; its scale goes to `scale`.
template <class Scatter>
void append_quantized(const float* from, std::size_t count, float& scale,
                      Scatter&& scatter) noexcept
{
    RowScale const row = row_scale(from, count, static_cast<float>(int8_limit));
    scale = row.scale;
    for_each_rounded<std::int8_t>(
        from, count,
        [&](const float* x, std::size_t n, std::int8_t* out) {
            simd::round_to_int8(x, n, row.factor, out);
        },
        scatter);
}

/// Writes a whole key in int8.
template <std::size_t HeadWidth, std::size_t Positions>
void append_key(const float* from, QuantizedCache<Packed<HeadWidth, Positions>> keys,
                std::size_t position) noexcept
{
    append_quantized(from, keys.values.rows(), keys.scales[position],
                     [&](const std::int8_t* rounded, std::size_t first, std::size_t n) {
                         scatter_key(rounded, n, keys.values, first, position);
                     });
}

/// Writes a whole value in int8.
template <std::size_t Positions, std::size_t HeadWidth>
void append_value(const float* from, QuantizedCache<Packed<Positions, HeadWidth>> values,
                  std::size_t position) noexcept
{
    append_quantized(from, values.values.cols(), values.scales[position],
                     [&](const std::int8_t* rounded, std::size_t first, std::size_t n) {
                         scatter_value(rounded, n, values.values, first, position);
                     });
}

} // namespace detail

/// What a cache without scales may hold.
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
    detail::append_rows("tfm::append_keys", rows, first_position, keys.cols(), keys.rows(),
                        [&](const float* row, std::size_t position) {
                            detail::append_key(row, rows.cols(), keys, 0, position);
                        });
}

/// The same for an int8 cache: each key gets a scale, max |key| / 127.
template <Fp32 T, RowsLayout LK, std::size_t HeadWidth, std::size_t Positions>
void append_keys(View<T, LK> rows, QuantizedCache<Packed<HeadWidth, Positions>> keys,
                 std::size_t first_position)
{
    static_assert(SameExtent<SourceColumns<LK::cols>, PackedK<HeadWidth>>::value);
    detail::append_rows(
        "tfm::append_keys", rows, first_position, keys.values.cols(), keys.values.rows(),
        [&](const float* row, std::size_t position) { detail::append_key(row, keys, position); });
}

/// Writes rows (M, head_width) of values into the cells of a cache's positions
/// [first_position, first_position + M), rounded to what it holds. Throws `tfm::Error` where they
/// do not fit.
template <Fp32 T, RowsLayout LV, CacheElement TV, std::size_t Positions, std::size_t HeadWidth>
void append_values(View<T, LV> rows, View<TV, Packed<Positions, HeadWidth>> values,
                   std::size_t first_position)
{
    static_assert(SameExtent<SourceColumns<LV::cols>, PackedN<HeadWidth>>::value);
    detail::append_rows("tfm::append_values", rows, first_position, values.rows(), values.cols(),
                        [&](const float* row, std::size_t position) {
                            detail::scatter_value(row, rows.cols(), values, 0, position);
                        });
}

/// The same for an int8 cache: each value gets a scale, max |value| / 127.
template <Fp32 T, RowsLayout LV, std::size_t Positions, std::size_t HeadWidth>
void append_values(View<T, LV> rows, QuantizedCache<Packed<Positions, HeadWidth>> values,
                   std::size_t first_position)
{
    static_assert(SameExtent<SourceColumns<LV::cols>, PackedN<HeadWidth>>::value);
    detail::append_rows("tfm::append_values", rows, first_position, values.values.rows(),
                        values.values.cols(), [&](const float* row, std::size_t position) {
                            detail::append_value(row, values, position);
                        });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
