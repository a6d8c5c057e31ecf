#pragma once

/// \file
/// Attention of whole batches on ordinary tensors, (batch, heads, time, width), with the options of
/// PyTorch's `scaled_dot_product_attention`.
///
/// Keys and values of a head are packed at each call and then go through the pass of
/// attention_head.hpp. Decoding token by token keeps them packed instead: see `append_keys` and
/// `causal_attention`.

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>

#include "attention_head.hpp"
#include "attention_options.hpp"
#include "kernel_workspace.hpp"
#include "pack_columns.hpp"
#include "plain_matmul.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Rule: queries, keys and values hold elements of one type, fp32 or bf16, and the output floats or
/// the same.
template <class Q, class K, class V, class Out>
struct AttentionElements : std::true_type {
    static_assert(
        RowElement<Q> && std::same_as<Q, K> && std::same_as<Q, V>,
        "tfm: scaled_dot_product_attention takes queries, keys and values all in float or "
        "all in tfm::bf16: convert them with tfm::copy(x, y).");
    static_assert(std::same_as<Out, float> || std::same_as<Out, Q>,
                  "tfm: the output of scaled_dot_product_attention holds float, or bf16 as the "
                  "queries do.");
};

/// \name The sides of a rule.
/// @{
/// The extent E of one side.
template <std::size_t E>
struct QueryWidth : extent_constant<E> {
};
template <std::size_t E>
struct KeyWidth : extent_constant<E> {
};
template <std::size_t E>
struct ValueWidth : extent_constant<E> {
};
/// @}

/// Rule: queries, keys, values and output have equally many axes, two to four.
template <std::size_t Q, std::size_t K, std::size_t V, std::size_t Out>
struct AttentionAxes : std::true_type {
    static_assert(Q >= 2 && Q == K && Q == V && Q == Out,
                  "tfm: queries, keys, values and output of scaled_dot_product_attention are all "
                  "(batch, heads, time, width), (heads, time, width) or (time, width). Give them "
                  "these axes with tfm::reshape, and their order with tfm::permute.");
};

inline namespace TFM_ISA_NAMESPACE {

/// Bytes that a `KernelWorkspace` needs for `scaled_dot_product_attention` of up to so many queries
/// and keys, whatever the batch and its heads, where queries, keys and values hold elements of T.
template <RowElement T>
constexpr std::size_t attention_workspace_bytes(std::size_t max_queries, std::size_t max_keys,
                                                std::size_t width, std::size_t value_width) noexcept
{
    using Input = detail::MatmulInput<T>;
    using namespace tensor_detail;
    std::size_t const converted = std::same_as<T, Input> ? 0 : max_queries * width;
    std::size_t const results = std::same_as<T, float> ? 0 : max_queries * value_width;
    return whole_lines<T>(Packed<>(width, max_keys).template required_size<T>()) +
           whole_lines<T>(Packed<>(max_keys, value_width).template required_size<T>()) +
           whole_lines<Input>(converted) + whole_lines<float>(results);
}

namespace detail {

/// Queries, keys, values and output of a batch without their layouts.
template <class T, class TO>
struct BatchedHeads {
    Rows<const T> q;
    const T* k;
    const T* v;
    tensor_detail::FourAxes k_axes;
    tensor_detail::FourAxes v_axes;
    Rows<TO> out;

    std::size_t batch() const noexcept { return q.extents[0]; }
    std::size_t heads() const noexcept { return q.extents[1]; }
    std::size_t queries() const noexcept { return q.extents[2]; }
    std::size_t kv_heads() const noexcept { return k_axes.extents[1]; }
    std::size_t keys() const noexcept { return k_axes.extents[2]; }

    std::size_t workspace_bytes() const noexcept
    {
        return attention_workspace_bytes<T>(queries(), keys(), q.width, out.width);
    }
    StridedMatrix<T> keys_of(std::size_t item, std::size_t head) const noexcept
    {
        auto const& s = k_axes.strides;
        return {k + item * s[0] + head * s[1], q.width, keys(), s[3], s[2]};
    }
    StridedMatrix<T> values_of(std::size_t item, std::size_t head) const noexcept
    {
        auto const& s = v_axes.strides;
        return {v + item * s[0] + head * s[1], keys(), out.width, s[2], s[3]};
    }
};

template <class T>
std::string extents_text(const Rows<T>& x)
{
    tensor_detail::FourAxes axes;
    axes.extents = {x.extents[0], x.extents[1], x.extents[2], x.width};
    return axes.text();
}

/// Throws `tfm::Error` where extents do not fit each other or the options.
template <class T, class TO>
void require_attention_extents(const BatchedHeads<T, TO>& x, const AttentionOptions& options)
{
    auto const& k = x.k_axes.extents;
    auto const& v = x.v_axes.extents;
    std::size_t const heads = x.heads();
    auto const name = [] { return std::string("tfm::scaled_dot_product_attention: "); };
    require(x.q.extents == x.out.extents && k[0] == x.batch() && v[0] == k[0] && v[1] == k[1] &&
                v[2] == k[2] && k[3] == x.q.width && v[3] == x.out.width,
            [&] {
                return name() + "queries are " + extents_text(x.q) + ", keys " + x.k_axes.text() +
                       ", values " + x.v_axes.text() + ", the output " + extents_text(x.out) +
                       "; expected (batch, heads, queries, width), (batch, kv_heads, keys, width), "
                       "(batch, kv_heads, keys, value_width), (batch, heads, queries, value_width)";
            });
    bool const shares = options.enable_gqa && k[1] > 0 && heads % k[1] == 0;
    require(heads == k[1] || shares, [&] {
        return name() + std::to_string(heads) + " heads of queries and " + std::to_string(k[1]) +
               " of keys and values: expected as many, or with enable_gqa a multiple of them";
    });
    require(options.attn_mask.broadcasts_to({x.batch(), heads, x.queries(), x.keys()}), [&] {
        return name() + "the mask is " + options.attn_mask.shape_text() + ", and the scores are " +
               std::to_string(x.batch()) + " x " + std::to_string(heads) + " x " +
               std::to_string(x.queries()) + " x " + std::to_string(x.keys()) +
               "; each extent of the mask is that of the scores, or 1";
    });
}

template <class TQ, class LQ, class TK, class LK, class TV, class LV, class TO, class LO>
auto batched_heads(View<TQ, LQ> q, View<TK, LK> k, View<TV, LV> v, View<TO, LO> out,
                   const AttentionOptions& options)
{
    using T = std::remove_const_t<TQ>;
    static_assert(WritableOutput<TO>::value);
    static_assert(AttentionAxes<LQ::rank, LK::rank, LV::rank, LO::rank>::value);
    static_assert(
        AttentionElements<T, std::remove_const_t<TK>, std::remove_const_t<TV>, TO>::value);
    static_assert(KernelRows<T, LK>::value && KernelRows<T, LV>::value);
    static_assert(SameExtent<QueryWidth<LQ::cols>, KeyWidth<LK::cols>>::value);
    static_assert(SameExtent<ValueWidth<LV::cols>, OutColumns<LO::cols>>::value);
    constexpr const char* name = "tfm::scaled_dot_product_attention";
    BatchedHeads<T, TO> const heads{rows_of(name, "the queries", View<const T, LQ>(q)),
                                    k.data(),
                                    v.data(),
                                    tensor_detail::FourAxes(dense(k).layout()),
                                    tensor_detail::FourAxes(dense(v).layout()),
                                    rows_of(name, "the output", out)};
    require_attention_extents(heads, options);
    return heads;
}

/// Attends all rows of a head, of which those of a causal one see different positions until there
/// are no more.
template <class T>
void attend_rows(AttentionHead<T> head, ScoreMask mask, std::size_t positions,
                 bool is_causal) noexcept
{
    std::size_t const rows = head.rows;
    std::size_t const ahead = positions - std::min(head.first_position, positions);
    if (head.mask != nullptr) head.mask = &mask;
    head.rows = is_causal ? std::min(rows, ahead) : 0;
    attend(head);

    mask.offset += head.rows * mask.row_stride;
    head.q = row_range(head.q, head.rows, rows - head.rows);
    head.out += head.rows * head.out_stride;
    head.rows = rows - head.rows;
    head.seen_by_all = positions;
    head.first_position = 0;
    attend(head);
}

/// What one head is computed in.
template <class T>
struct HeadMemory {
    HeadMemory(tensor_detail::Pieces memory, std::size_t queries, std::size_t keys_count,
               std::size_t width, std::size_t value_width) noexcept
        : keys(memory.take<T>(Packed<>(width, keys_count).template required_size<T>())),
          values(memory.take<T>(Packed<>(keys_count, value_width).template required_size<T>())),
          converted(
              memory.take<MatmulInput<T>>(std::same_as<T, MatmulInput<T>> ? 0 : queries * width)),
          results(memory.take<float>(0))
    {
    }

    T* keys;
    T* values;
    MatmulInput<T>* converted; ///< queries
    float* results;            ///< on their way to bf16: the last piece
};

/// The rows of one head of one item of a batch.
template <class T>
Rows<T> head_rows(const Rows<T>& x, std::size_t item, std::size_t head) noexcept
{
    return {x.at(item, head, 0), x.width, {1, 1, x.extents[2]}, {0, 0, x.strides[2]}};
}

/// One head of queries; `head` has its keys, values and scale. Results are floats, by way of
/// `memory` where the output is bf16.
template <class T, class TO>
void attend_head(AttentionHead<T> head, const Rows<const T>& q, const Rows<TO>& out,
                 const HeadMemory<T>& memory, const ScoreMask& mask, std::size_t positions,
                 bool is_causal) noexcept
{
    head.q = matmul_inputs(q, memory.converted);
    head.rows = q.extents[2];
    if constexpr (std::same_as<TO, float>) {
        head.out = out.data;
        head.out_stride = out.strides[2];
        attend_rows(head, mask, positions, is_causal);
    } else {
        head.out = memory.results;
        head.out_stride = out.width;
        attend_rows(head, mask, positions, is_causal);
        for (std::size_t row = 0; row < head.rows; ++row)
            simd::round_to_bf16(memory.results + row * out.width, out.width, out.at(0, 0, row));
    }
}

template <class T, class TO>
void attend_batch(const BatchedHeads<T, TO>& x, const AttentionOptions& options,
                  tensor_detail::Pieces pieces) noexcept
{
    std::size_t const positions = x.keys();
    if (positions == 0) { // nothing to see: as PyTorch has it, no error
        for_each_row([&](std::size_t, TO* row) { std::fill_n(row, x.out.width, TO{}); }, x.out);
        return;
    }
    HeadMemory<T> const memory(pieces, x.queries(), positions, x.q.width, x.out.width);
    float const scale = options.scale.value_or(1.0F / std::sqrt(static_cast<float>(x.q.width)));
    // Raw products serve as scores where a positive factor is all they lack.
    bool const has_mask = options.attn_mask.exists() || !(scale > 0.0F);
    for (std::size_t item = 0; item < x.batch(); ++item) {
        for (std::size_t kv_head = 0; kv_head < x.kv_heads(); ++kv_head) {
            AttentionHead<T> head{};
            head.cache = {pack_columns(x.keys_of(item, kv_head), memory.keys),
                          pack_columns(x.values_of(item, kv_head), memory.values)};
            head.first_position = options.first_position;
            head.window = no_window;
            head.scale = has_mask ? 1.0F : scale;
            std::size_t const sharing = x.heads() / x.kv_heads();
            for (std::size_t i = kv_head * sharing; i < (kv_head + 1) * sharing; ++i) {
                ScoreMask const mask = options.attn_mask.of_head(item, i, scale);
                if (has_mask) head.mask = &mask;
                attend_head(head, head_rows(x.q, item, i), head_rows(x.out, item, i), memory, mask,
                            positions, options.is_causal);
            }
        }
    }
}

} // namespace detail

/// out = softmax(scale q kᵀ + mask) v for each head of each item of a batch (Vaswani et al. 2017),
/// as PyTorch's function of this name; see `AttentionOptions`. q is (batch, heads, queries, width),
/// k (batch, kv_heads, keys, width), v (batch, kv_heads, keys, value_width), out (batch, heads,
/// queries, value_width), without the leading axes where there is one of them; views such as
/// `permute<0, 2, 1, 3>` of (batch, time, heads, width). q, k and v hold fp32 or all bf16, out fp32
/// or the same. Rows of q and out are contiguous; k and v may have any strides, since they are
/// packed on the way, at every call. A query that sees no key gets zeros. `out` must not overlap q,
/// k or v.
///
/// Scores are never held as a matrix. On one thread, as every kernel: threads take items of the
/// batch or heads each, as `slice<0>` and `slice<1>` give them, and a workspace. Throws
/// `tfm::Error` when extents known only at run time do not fit, or rows are not contiguous.
template <TensorLike Q, TensorLike K, TensorLike V, TensorLike Out>
void scaled_dot_product_attention(Q&& q, K&& k, V&& v, Out&& out, const AttentionOptions& options,
                                  KernelWorkspace& workspace)
{
    using namespace tensor_detail;
    auto const heads =
        detail::batched_heads(view_of(q), view_of(k), view_of(v), view_of(out), options);
    detail::attend_batch(heads, options,
                         {"tfm::scaled_dot_product_attention", workspace, heads.workspace_bytes()});
}

/// The same with a workspace of its own; the other allocates nothing, given
/// `attention_workspace_bytes`.
template <TensorLike Q, TensorLike K, TensorLike V, TensorLike Out>
void scaled_dot_product_attention(Q&& q, K&& k, V&& v, Out&& out,
                                  const AttentionOptions& options = {})
{
    using namespace tensor_detail;
    auto const heads =
        detail::batched_heads(view_of(q), view_of(k), view_of(v), view_of(out), options);
    KernelWorkspace workspace(heads.workspace_bytes());
    detail::attend_batch(heads, options,
                         {"tfm::scaled_dot_product_attention", workspace, workspace.size_bytes()});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
