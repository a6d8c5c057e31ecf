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
    /// multiplied with (see `MatmulInputs`), out (M, N).
    template <class X, RowsLayout LO, class... Steps>
    void forward(X x, PanelRange range, View<float, LO> out, Steps... steps) const noexcept
    {
        forward_to(x, range, out, 0, steps...);
    }

    /// The same where column 0 of `out`, of float or bf16, is column `first_col` of the result.
    template <class X, class TO, RowsLayout LO, class... Steps>
    void forward_to(X x, PanelRange range, View<TO, LO> out, std::size_t first_col,
                    Steps... steps) const noexcept
    {
        auto const store = [&](auto... all) {
            matmul_panels(x, weight.view(), range,
                          StoreRows{out.data(), out.row_stride(), all...}.from_column(first_col));
        };
        if constexpr (HasBias) {
            store(AddBias(bias.view()), steps...);
        } else {
            store(steps...);
        }
    }

    /// out += x W + b in the columns of `range`, for x (M, L) that are inputs `first_input` on. The
    /// first inputs bring the bias.
    template <class X, RowsLayout LO>
    void add_forward(X x, std::size_t first_input, PanelRange range,
                     View<float, LO> out) const noexcept
    {
        auto const store = [&](auto... steps) {
            matmul_panels(x, weight.view(), range,
                          StoreRows{out.data(), out.row_stride(), steps..., AddResidual(out)},
                          first_input);
        };
        if constexpr (HasBias) {
            if (first_input == 0) return store(AddBias(bias.view()));
        }
        store();
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
