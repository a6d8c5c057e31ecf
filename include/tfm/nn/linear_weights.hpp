#pragma once

/// \file
/// The parameters of y = x W + b, or of y = x W.

#include "../kernels/matmul.hpp"
#include "parameters.hpp"
#include "weight.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// A fully connected layer of K inputs and N outputs with weights in D; `torch.nn.Linear(K, N)`.
/// One without a bias has an empty `bias`.
template <Dtype D = Dtype::fp32>
struct LinearWeights {
    Weight<D> weight;          ///< (K, N), packed
    Tensor<float, Vec<>> bias; ///< (N), or empty

    /// The tensor of this kind.
    TensorPointer tensor(ParameterKind kind) noexcept
    {
        if (kind == ParameterKind::bias) return &bias;
        return &weight;
    }

    /// Panels of the weight, to be shared among threads.
    std::size_t panels() const noexcept { return weight.layout().panels(); }
    /// The bias, or null where there is none.
    const float* bias_data() const noexcept { return bias.data(); }

    /// out = steps(x W + b) in the columns of `range`; x is (M, K), of what such a weight is
    /// multiplied with (see `MatmulInputs`), out (M, N). Column 0 of `out`, of float or bf16, is
    /// column `first_col` of the result.
    template <class X, class TO, RowsLayout LO, class... Steps>
    void forward(X x, PanelRange range, View<TO, LO> out, std::size_t first_col,
                 Steps... steps) const noexcept
    {
        matmul_panels(
            x, weight.view(), range,
            StoreRows{out.data(), out.row_stride(), AddBias(bias_data()), steps...}.from_column(
                first_col));
    }

    /// out += x W + b in the columns of `range`, for x (M, L) that are inputs `first_input` on. The
    /// first inputs bring the bias.
    template <class X, RowsLayout LO>
    void add_forward(X x, std::size_t first_input, PanelRange range,
                     View<float, LO> out) const noexcept
    {
        const float* const offsets = first_input == 0 ? bias_data() : nullptr;
        matmul_panels(x, weight.view(), range,
                      StoreRows{out.data(), out.row_stride(), AddBias(offsets), AddResidual(out)},
                      first_input);
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
