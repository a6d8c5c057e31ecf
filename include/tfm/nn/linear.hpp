#pragma once

/// \file
/// `Linear`: y = x W + b.

#include "../kernels/matmul.hpp"
#include "../tensor/tensor.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// A fully connected layer of K inputs and N outputs; `torch.nn.Linear(K, N)`.
template <std::size_t K, std::size_t N>
struct Linear {
    static constexpr std::size_t inputs = K;
    static constexpr std::size_t outputs = N;
    static constexpr std::size_t panels = divide_up(N, panel_width);

    Tensor<float, Packed<K, N>> weight;
    Tensor<float, Vec<N>> bias;

    /// out = steps(x W + b) in the columns of `range`; x is (M, K), out (M, N). `out` may be the
    /// residual of an `AddResidual` step.
    template <Fp32 T, RowsLayout LX, RowsLayout LO, class... Steps>
    void forward(View<T, LX> x, PanelRange range, View<float, LO> out,
                 Steps... steps) const noexcept
    {
        matmul_panels(x, weight.view(), range,
                      StoreRows{out.data(), out.row_stride(), AddBias(bias.view()), steps...});
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
