#pragma once

/// \file
/// Attention of one head to a cache of keys and values, causal as decoders have it and
/// bidirectional as encoders do.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "append.hpp"
#include "attention_head.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Rows of queries without their static shape.
template <class T, RowsLayout L>
RowsPointer<std::remove_const_t<T>> queries_pointer(View<T, L> q) noexcept
{
    return {q.data(), q.row_stride(), q.rows()};
}
template <std::size_t K>
ScaledRowsPointer<2> queries_pointer(SplitRows<K> q) noexcept
{
    return {queries_pointer(q.halves), q.scales};
}

/// The causal attention of all of q's rows from position 0 on. Throws where rows or widths differ;
/// `name` is the public function that was called.
template <class T, class Q, class Out>
AttentionHead<T> checked_head(const char* name, Q q, const CachedHead<T>& cache, Out out)
{
    std::size_t const width = cache.keys.k;
    require(q.cols() == width && cache.values.n == width && out.cols() == width &&
                q.rows() == out.rows(),
            [&] {
                return std::string(name) + ": q is " + std::to_string(q.rows()) + " x " +
                       std::to_string(q.cols()) + ", the output " + std::to_string(out.rows()) +
                       " x " + std::to_string(out.cols()) + ", the cache's head width " +
                       std::to_string(width);
            });
    return {queries_pointer(q),
            q.rows(),
            cache,
            0,
            no_window,
            1.0F / std::sqrt(static_cast<float>(width)),
            out.data(),
            out.row_stride()};
}

/// A head with a cache of fp32 or bf16 and queries of the type that such a cache is multiplied
/// with.
template <class TQ, RowsLayout LQ, class TK, class TV, std::size_t HeadWidth, std::size_t Positions,
          Fp32 TO, RowsLayout LO>
requires(CacheElement<std::remove_const_t<TK>>&&
             std::same_as<std::remove_const_t<TK>, std::remove_const_t<TV>>&&
                 std::same_as<std::remove_const_t<TQ>, MatmulInput<std::remove_const_t<TK>>>) //
    AttentionHead<std::remove_const_t<TK>> attention_head(
        const char* name, View<TQ, LQ> q, View<TK, Packed<HeadWidth, Positions>> keys,
        View<TV, Packed<Positions, HeadWidth>> values, View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LQ::cols>, PackedK<HeadWidth>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<HeadWidth>>::value);
    return checked_head(name, q, cached_head(keys, values), out);
}

/// A head with a cache of int8 and queries of 16 bits.
template <std::size_t KQ, std::size_t HeadWidth, std::size_t Positions, Fp32 TO, RowsLayout LO>
AttentionHead<std::int8_t>
attention_head(const char* name, SplitRows<KQ> q, QuantizedCache<Packed<HeadWidth, Positions>> keys,
               QuantizedCache<Packed<Positions, HeadWidth>> values, View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<KQ>, PackedK<HeadWidth>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<HeadWidth>>::value);
    return checked_head(name, q, cached_head(keys, values), out);
}

/// Positions that a cache has room for.
template <class T>
std::size_t capacity(const CachedHead<T>& cache) noexcept
{
    return std::min(cache.keys.n, cache.values.k);
}

} // namespace detail

/// One head's queries (M, head_width), keys (head_width, positions), values (positions, head_width)
/// and output (M, head_width). Keys and values are `View`s of packed fp32 with queries of fp32, of
/// packed bf16 with queries of `Bf16Input` (see `convert_rows`), or a `QuantizedCache` each with
/// queries of 16 bits (`SplitRows`, see `split_rows`). Softmax weights are rounded as queries are.
template <class Q, class Keys, class Values, class Out>
concept AttentionOperands = requires(Q q, Keys keys, Values values, Out out)
{
    detail::attention_head("", q, keys, values, out);
};

/// out = softmax(q keysᵀ / sqrt(head_width), causally masked) values, for one head: see
/// `AttentionOperands`.
///
/// Row i of q stands at position `first_position + i` of the cache and sees the last `window`
/// positions up to its own (Beltagy et al. 2020), by default all, which must have been appended
/// (`append_keys`, `append_values`). The formula is that of Vaswani et al. 2017. Throws
/// `tfm::Error` when the cache is too short, the window 0, or widths known only at run time differ.
template <class Q, class Keys, class Values, Fp32 TO, RowsLayout LO>
requires AttentionOperands<Q, Keys, Values, View<TO, LO>>
void causal_attention(Q q, Keys keys, Values values, std::size_t first_position, View<TO, LO> out,
                      std::size_t window = detail::no_window)
{
    auto head = detail::attention_head("tfm::causal_attention", q, keys, values, out);
    require(window > 0, [] { return "tfm::causal_attention: expected a window of at least 1"; });
    std::size_t const positions = detail::capacity(head.cache);
    require(detail::has_positions(positions, first_position, head.rows), [&] {
        return "tfm::causal_attention: position " + std::to_string(first_position) + " and " +
               std::to_string(head.rows) + " rows exceed the cache's " + std::to_string(positions) +
               " positions";
    });
    head.first_position = first_position;
    head.window = window;
    detail::attend(head);
}

/// out = softmax(q keysᵀ / sqrt(head_width)) values, for one head: see `AttentionOperands`.
///
/// Every row of q sees the first `positions` of the cache, which must have been appended
/// (`append_keys`, `append_values`). Throws `tfm::Error` when the cache is too short, `positions`
/// is 0, or widths known only at run time differ.
template <class Q, class Keys, class Values, Fp32 TO, RowsLayout LO>
requires AttentionOperands<Q, Keys, Values, View<TO, LO>>
void bidirectional_attention(Q q, Keys keys, Values values, std::size_t positions, View<TO, LO> out)
{
    auto head = detail::attention_head("tfm::bidirectional_attention", q, keys, values, out);
    std::size_t const most = detail::capacity(head.cache);
    require(positions > 0 && positions <= most, [&] {
        return "tfm::bidirectional_attention: expected 1 to " + std::to_string(most) +
               " positions, as the cache has, found " + std::to_string(positions);
    });
    head.seen_by_all = positions;
    detail::attend(head);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
