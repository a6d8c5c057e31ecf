#pragma once

/// \file
/// The parameters of one transformer block: attention, MLP and their norms, with matrices in one of
/// the precisions.

#include <array>

#include "linear_weights.hpp"
#include "norm_weights.hpp"
#include "parameters.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Attention and MLP with weights in D. What the block's shape lacks is empty.
///
/// Self-attention has one head of keys and values for each query head (Vaswani et al. 2017), for
/// all (Shazeer 2019) or for a group of them (Ainslie et al. 2023). Q, K and V are separate
/// matmuls, so that each has its own width and its results go straight where they are needed.
template <Dtype D>
struct BlockWeights {
    std::array<NormWeights, block_norms> norms;          ///< by `Role`
    std::array<LinearWeights<D>, block_matmuls> matmuls; ///< by `Role`, from `Role::query` on

    /// The norm of this role.
    NormWeights& norm(Role role) noexcept { return norms[nn_detail::index_of(role)]; }
    /// The norm of this role.
    const NormWeights& norm(Role role) const noexcept { return norms[nn_detail::index_of(role)]; }
    /// The matmul of this role.
    LinearWeights<D>& matmul(Role role) noexcept
    {
        return matmuls[nn_detail::index_of(role) - block_norms];
    }
    /// The matmul of this role.
    const LinearWeights<D>& matmul(Role role) const noexcept
    {
        return matmuls[nn_detail::index_of(role) - block_norms];
    }

    /// The tensor that holds a parameter of the shape's list.
    TensorPointer tensor(const Parameter& parameter) noexcept
    {
        if (nn_detail::index_of(parameter.role) < block_norms)
            return norm(parameter.role).tensor(parameter.kind);
        return matmul(parameter.role).tensor(parameter.kind);
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
