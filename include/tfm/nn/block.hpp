#pragma once

/// \file
/// `Block<shape, precision>`: one layer of a transformer, on rows of one's own.

#include "block_part.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Attention and MLP with their norms and the residual stream, with weights in precision P: what a
/// decoder or an encoder of such blocks computes in one layer.
template <BlockShape S, Precision P = precision::fp32>
class Block : public BlockPart<S, P> {
    static_assert(ConsistentBlock<S>::value);
    using Part = BlockPart<S, P>;

public:
    static constexpr BlockShape shape = S; ///< sizes, `dyn` where they are told later; choices
    /// Keys and values of one sequence.
    using Cache = BlockCache<nn_detail::cache_shape(S, 1), P.kv>;

    /// Not filled yet; see `load_parameters` and `init_random`.
    Block() requires(S.is_static()) : Block(S) {}
    /// The same with sizes known at run time. Throws `tfm::Error` for sizes that break a rule, or
    /// are not those of S.
    explicit Block(const BlockShape& sizes)
        : Part((check_rules(sizes, true, true), sizes), &detail::inner_features<S.mlp, P>)
    {
    }

    /// out = block(x) for x and out (n, width), rows of floats, the next n of the sequence that
    /// `cache` holds; `out` may be `x`. Throws `tfm::Error` for extents that differ, more rows than
    /// the cache has room for, a workspace or cache for other sizes, and where nobody has filled
    /// the parameters.
    template <TensorLike X, TensorLike Out>
    void forward(typename Part::Workspace& workspace, Cache& cache, const X& x, Out&& out,
                 AttentionKind mask = AttentionKind::causal) const
    {
        auto const call = this->call("tfm::Block", workspace, &cache.positions(), x, out, mask);
        call([&](const auto& pass, Team team, detail::InputRows rows) {
            call.load_residual(pass, team, rows);
            pass.run_layers();
        });
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
