#pragma once

/// \file
/// What `Block`, `Attention` and `Mlp` have in common.

#include <cstddef>
#include <vector>

#include "block_memory.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// What `Block`, `Attention` and `Mlp` share: S is the shape of what they are made of. Move-only;
/// once filled it is only read, by any number of threads with a workspace each.
template <BlockShape S, Precision P>
class BlockPart {
    static_assert(SupportedPrecision<P>::value);

public:
    static constexpr Precision precision = P; ///< of weights, activations and cache
    using Workspace = BlockWorkspace<S, P>;   ///< memory for calls of `forward`

    /// Sizes and choices of what is there, every size a number.
    const BlockShape& sizes() const noexcept { return model_.block_shape; }
    /// Bytes of all parameters, padding of the packed layout included.
    std::size_t weight_bytes() const noexcept
    {
        std::size_t bytes = 0;
        auto const add = [&](const Parameter& parameter) {
            bytes += nn_detail::parameter_bytes(parameter, P.weights);
        };
        nn_detail::visit_block(sizes(), 0, add);
        return bytes;
    }

    /// Parameters and code, whatever the sizes.
    const detail::BlockModel<P>& model() const noexcept { return model_; }
    /// The same for a loader.
    detail::BlockModel<P>& model() noexcept { return model_; }

protected:
    /// All parameters zero. Throws `tfm::Error` for sizes that are not those of S.
    BlockPart(const BlockShape& sizes, detail::InnerFeatures<P> inner_features)
        : model_((check(sizes), sizes), inner_features)
    {
    }

    /// The call of `forward` for these rows.
    template <TensorLike X, TensorLike Out>
    detail::BlockCall<P> call(const char* who, Workspace& workspace,
                              detail::CachedPositions<P.kv>* cached, const X& x, Out&& out,
                              AttentionKind mask = AttentionKind::causal) const
    {
        return {who,
                model_,
                workspace.chunk(),
                cached,
                detail::input_rows<S.width>(x),
                detail::output_rows<S.width>(out),
                mask};
    }

private:
    static void check(const BlockShape& sizes)
    {
        require(is_kind_of(S, sizes), [] {
            return "tfm::BlockPart: expected a shape of the sizes and choices that the type states";
        });
    }

    detail::BlockModel<P> model_;
};

/// Every parameter of a `Block`, an `Attention` or an `Mlp` with the tensor that holds it, as those
/// of block number `layer`, to be filled by hand: it counts as filled from then on. Rotary features
/// of queries and keys stand pair by pair (`rotary_source`), which `load_parameters` sees to.
template <BlockShape S, Precision P>
std::vector<ParameterTensor> parameters_of(BlockPart<S, P>& part, std::size_t layer = 0)
{
    part.model().is_filled = true;
    return part.model().parameters(layer);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
