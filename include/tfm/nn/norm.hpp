#pragma once

/// \file
/// `LayerNorm` and `RmsNorm`: normalisation with learned parameters.

#include <type_traits>

#include "../kernels/layer_norm.hpp"
#include "../kernels/rms_norm.hpp"
#include "../tensor/tensor.hpp"
#include "decoder_shape.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Layer normalisation of N features; `torch.nn.LayerNorm(N)`.
template <std::size_t N>
struct LayerNorm {
    Tensor<float, Vec<N>> gain; ///< multiplies, per feature
    Tensor<float, Vec<N>> bias; ///< is added, per feature

    /// One row of N floats; `out` may be `x`.
    void forward(const float* x, float epsilon, float* out) const noexcept
    {
        detail::layer_norm_row(x, gain.data(), bias.data(), epsilon, N, out);
    }
};

/// Root-mean-square normalisation of N features; `torch.nn.RMSNorm(N)`.
template <std::size_t N>
struct RmsNorm {
    Tensor<float, Vec<N>> gain; ///< multiplies, per feature

    /// One row of N floats; `out` may be `x`.
    void forward(const float* x, float epsilon, float* out) const noexcept
    {
        detail::rms_norm_row(x, gain.data(), epsilon, N, out);
    }
};

/// The norm of the residual stream that shape S names.
template <DecoderShape S>
using NormOf = std::conditional_t<S.norm == Norm::layer_norm, LayerNorm<S.width>, RmsNorm<S.width>>;

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
