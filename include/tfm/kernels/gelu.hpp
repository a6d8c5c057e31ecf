#pragma once

/// \file
/// GELU over the elements of a matrix, for use outside a matmul's epilogue.

#include <cstddef>
#include <string>

#include "../config.hpp"
#include "../simd/math.hpp"
#include "../tensor/view.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// out = f(x) for each register of each row. `out` may be `x`.
template <Fp32 TX, RowsLayout LX, Fp32 TO, RowsLayout LO, class F>
void map_rows(const char* name, View<TX, LX> x, View<TO, LO> out, F&& f)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LX::cols>, OutColumns<LO::cols>>::value);
    static_assert(SameExtent<XRows<LX::rows>, OutRows<LO::rows>>::value);
    require(x.cols() == out.cols() && x.rows() == out.rows(), [&] {
        return std::string(name) + ": x is " + std::to_string(x.rows()) + " x " +
               std::to_string(x.cols()) + ", the output " + std::to_string(out.rows()) + " x " +
               std::to_string(out.cols());
    });
    for (std::size_t row = 0; row < x.rows(); ++row) {
        const float* const from = x.row(row);
        float* const to = out.row(row);
        simd::for_each_vec(x.cols(), [&](std::size_t i, auto load, auto store) {
            store(to + i, f(load(from + i)));
        });
    }
}

} // namespace detail

/// out = x Phi(x), by the error function (PyTorch's `gelu`). (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, RowsLayout LX, Fp32 TO, RowsLayout LO>
void gelu(View<TX, LX> x, View<TO, LO> out)
{
    detail::map_rows("tfm::gelu", x, out, [](simd::vec v) { return simd::gelu(v); });
}

/// The tanh approximation of GELU (PyTorch's `gelu(approximate="tanh")`, GPT-2's `gelu_new`).
/// (M, N) to (M, N); `out` may be `x`.
template <Fp32 TX, RowsLayout LX, Fp32 TO, RowsLayout LO>
void gelu_tanh(View<TX, LX> x, View<TO, LO> out)
{
    detail::map_rows("tfm::gelu_tanh", x, out, [](simd::vec v) { return simd::gelu_tanh(v); });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
