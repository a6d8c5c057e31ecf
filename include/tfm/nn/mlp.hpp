#pragma once

/// \file
/// `Mlp<shape, precision>`: two matmuls and what stands between them, on rows of one's own.

#include "block_part.hpp"

namespace tfm {

namespace nn_detail {

/// What is left of a block's shape without its attention and norms.
constexpr BlockShape mlp_of(const BlockShape& block) noexcept
{
    return {.width = block.width,
            .heads = 0,
            .kv_heads = 0,
            .head_width = 0,
            .mlp_width = block.mlp_width,
            .mlp = block.mlp,
            .norm_placement = NormPlacement::none,
            .biases = {.qkv = false, .projection = false, .mlp = block.biases.mlp}};
}

} // namespace nn_detail

inline namespace TFM_ISA_NAMESPACE {

/// down(act(up x)), or down(act(gate x) * up x), with weights in precision P: the MLP of a block of
/// shape S, of which it reads `width`, `mlp_width`, `mlp` and `biases.mlp`.
template <BlockShape S, Precision P = precision::fp32>
class Mlp : public BlockPart<nn_detail::mlp_of(S), P> {
    static_assert(ConsistentBlock<S, false, true>::value);
    using Part = BlockPart<nn_detail::mlp_of(S), P>;

public:
    static constexpr BlockShape shape = S; ///< sizes, `dyn` where they are told later; choices

    /// Not filled yet; see `load_parameters` and `init_random`.
    Mlp() requires(S.is_static()) : Mlp(S) {}
    /// The same with sizes known at run time. Throws `tfm::Error` for sizes that break a rule, or
    /// are not those of S.
    explicit Mlp(const BlockShape& sizes)
        : Part((check_rules(sizes, false, true), nn_detail::mlp_of(sizes)),
               &detail::inner_features<S.mlp, P>)
    {
    }

    /// out = mlp(x) for x and out (n, width), rows of floats; `out` may be `x`. Throws `tfm::Error`
    /// for extents that differ, a workspace for other sizes and an MLP that nobody has filled.
    template <TensorLike X, TensorLike Out>
    void forward(typename Part::Workspace& workspace, const X& x, Out&& out) const
    {
        this->call("tfm::Mlp", workspace, nullptr, x,
                   out)([](const auto& pass, Team, detail::InputRows rows) { pass.run_mlp(rows); });
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
