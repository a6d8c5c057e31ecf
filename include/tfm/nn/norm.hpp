#pragma once

/// \file
/// `LayerNorm<N>` and `RmsNorm<N>`: normalisation with a learned gain and bias, on rows of one's
/// own.

#include <cstddef>

#include "../kernels/layer_norm.hpp"
#include "../kernels/rms_norm.hpp"
#include "../tensor/algorithms.hpp"
#include "../tensor/tensor.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// (x - mean) / sqrt(variance + epsilon) * gain + bias over rows of N features;
/// `torch.nn.LayerNorm`. As made, the gain is 1 and the bias 0.
template <std::size_t N = dyn>
class LayerNorm {
public:
    Tensor<float, Vec<N>> gain; ///< multiplies, per feature
    Tensor<float, Vec<N>> bias; ///< is added, per feature
    float epsilon;              ///< added to the variance

    /// Of N features.
    explicit LayerNorm(float added = 1e-5F) requires(N != dyn) : LayerNorm(N, added) {}
    /// Of `features`, which are N where that is a number.
    explicit LayerNorm(std::size_t features, float added = 1e-5F)
        : gain(Vec<N>(features)), bias(Vec<N>(features)), epsilon(added)
    {
        fill(gain, 1.0F);
    }

    /// Each row of `out` = that of x, normalised; `out` may be `x`. Throws `tfm::Error` where
    /// extents differ.
    template <TensorLike X, TensorLike Out>
    void forward(const X& x, Out&& out) const
    {
        layer_norm(tensor_detail::view_of(x), gain.view(), bias.view(), epsilon,
                   tensor_detail::view_of(out));
    }
};

/// x / sqrt(mean(x^2) + epsilon) * gain over rows of N features; `torch.nn.RMSNorm`. As made, the
/// gain is 1.
template <std::size_t N = dyn>
class RmsNorm {
public:
    Tensor<float, Vec<N>> gain; ///< multiplies, per feature
    float epsilon;              ///< added to the mean square

    /// Of N features.
    explicit RmsNorm(float added = 1e-6F) requires(N != dyn) : RmsNorm(N, added) {}
    /// Of `features`, which are N where that is a number.
    explicit RmsNorm(std::size_t features, float added = 1e-6F)
        : gain(Vec<N>(features)), epsilon(added)
    {
        fill(gain, 1.0F);
    }

    /// Each row of `out` = that of x, normalised; `out` may be `x`. Throws `tfm::Error` where
    /// extents differ.
    template <TensorLike X, TensorLike Out>
    void forward(const X& x, Out&& out) const
    {
        rms_norm(tensor_detail::view_of(x), gain.view(), epsilon, tensor_detail::view_of(out));
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
