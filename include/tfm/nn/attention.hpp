#pragma once

/// \file
/// `Attention<shape, precision>`: self-attention with its projections, on rows of one's own.

#include "block_part.hpp"

namespace tfm {

namespace nn_detail {

/// What is left of a block's shape without its MLP and norms.
constexpr BlockShape attention_of(const BlockShape& block) noexcept
{
    return {
        .width = block.width,
        .heads = block.heads,
        .kv_heads = block.kv_heads,
        .head_width = block.head_width,
        .mlp_width = 0,
        .rotary_width = block.rotary_width,
        .window = block.window,
        .norm_placement = NormPlacement::none,
        .biases = {.qkv = block.biases.qkv, .projection = block.biases.projection, .mlp = false},
        .rotary = block.rotary};
}

} // namespace nn_detail

inline namespace TFM_ISA_NAMESPACE {

/// projection(attention(query x, key x, value x)) with weights in precision P: the attention of a
/// block of shape S, of which it reads all but MLP, norms and residual.
template <BlockShape S, Precision P = precision::fp32>
class Attention : public BlockPart<nn_detail::attention_of(S), P> {
    static_assert(ConsistentBlock<S, true, false>::value);
    using Part = BlockPart<nn_detail::attention_of(S), P>;

public:
    static constexpr BlockShape shape = S; ///< sizes, `dyn` where they are told later; choices
    /// Keys and values of one sequence.
    using Cache = BlockCache<nn_detail::cache_shape(S, 1), P.kv>;

    /// Not filled yet; see `load_parameters` and `init_random`.
    Attention() requires(S.is_static()) : Attention(S) {}
    /// The same with sizes known at run time. Throws `tfm::Error` for sizes that break a rule, or
    /// are not those of S.
    explicit Attention(const BlockShape& sizes)
        : Part((check_rules(sizes, true, false), nn_detail::attention_of(sizes)), nullptr)
    {
    }

    /// out = attention(x) for x and out (n, width), rows of floats, the next n of the sequence that
    /// `cache` holds; `out` may be `x`. Throws `tfm::Error` for extents that differ, more rows than
    /// the cache has room for, a workspace or cache for other sizes, and where nobody has filled
    /// the parameters.
    template <TensorLike X, TensorLike Out>
    void forward(typename Part::Workspace& workspace, Cache& cache, const X& x, Out&& out,
                 AttentionKind mask = AttentionKind::causal) const
    {
        this->call("tfm::Attention", workspace, &cache.positions(), x, out, mask)(
            [](const auto& pass, Team, detail::InputRows rows) { pass.run_attention(rows); });
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
