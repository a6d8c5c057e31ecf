#pragma once

/// \file
/// `Linear`: y = x W + b, or y = x W.

#include "../kernels/matmul.hpp"
#include "weight.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// A fully connected layer of K inputs and N outputs; `torch.nn.Linear(K, N, bias=HasBias)`.
template <std::size_t K, std::size_t N, bool HasBias = true, Dtype D = Dtype::fp32>
struct Linear {
    static constexpr std::size_t inputs = K;  ///< features of x
    static constexpr std::size_t outputs = N; ///< features of y
    static constexpr std::size_t panels =
        divide_up(N, panel_width); ///< of the weight, to be shared among threads

    Weight<D, K, N> weight;                   ///< (K, N), packed
    Tensor<float, Vec<HasBias ? N : 0>> bias; ///< (N), or empty

    /// out = steps(x W + b) in the columns of `range`; x is (M, K), of what such a weight is
    /// multiplied with (see `MatmulInputs`), out (M, N). `out` may be the residual of an
    /// `AddResidual` step.
    template <class X, RowsLayout LO, class... Steps>
    void forward(X x, PanelRange range, View<float, LO> out, Steps... steps) const noexcept
    {
        if constexpr (HasBias) {
            matmul_panels(x, weight.view(), range,
                          StoreRows{out.data(), out.row_stride(), AddBias(bias.view()), steps...});
        } else {
            matmul_panels(x, weight.view(), range,
                          StoreRows{out.data(), out.row_stride(), steps...});
        }
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
