#pragma once

/// \file
/// Normalisation with learned parameters.

#include "../kernels/layer_norm.hpp"
#include "../kernels/rms_norm.hpp"
#include "../tensor/tensor.hpp"
#include "parameters.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// The parameters of a norm of N features; `torch.nn.LayerNorm(N)` or `torch.nn.RMSNorm(N)`, the
/// second without a bias.
struct NormWeights {
    Tensor<float, Vec<>> gain; ///< (N): multiplies, per feature
    Tensor<float, Vec<>> bias; ///< (N): is added, per feature; empty of an RMS norm

    /// The tensor of this kind.
    TensorPointer tensor(ParameterKind kind) noexcept
    {
        return kind == ParameterKind::bias ? &bias : &gain;
    }

    /// One row of N floats; `out` may be `x`.
    void forward(Norm norm, const float* x, float epsilon, float* out) const noexcept
    {
        if (norm == Norm::layer_norm) {
            detail::layer_norm_row(x, gain.data(), bias.data(), epsilon, gain.cols(), out);
        } else {
            detail::rms_norm_row(x, gain.data(), epsilon, gain.cols(), out);
        }
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
