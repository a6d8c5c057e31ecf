#pragma once

/// \file
/// `LayerNorm`: normalisation with a learned gain and bias.

#include "../kernels/layer_norm.hpp"
#include "../tensor/tensor.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Layer normalisation of N features; `torch.nn.LayerNorm(N)`.
template <std::size_t N>
struct LayerNorm {
    Tensor<float, Vec<N>> gain;
    Tensor<float, Vec<N>> bias;

    /// One row of N floats; `out` may be `x`.
    void forward(const float* x, float epsilon, float* out) const noexcept
    {
        detail::layer_norm_row(x, gain.data(), bias.data(), epsilon, N, out);
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
