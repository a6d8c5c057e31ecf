#pragma once

/// \file
/// GELU over the elements of a tensor, for use outside a matmul's epilogue.

#include <cstddef>

#include "../simd/math.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// out = f(x) for each register of each row. `out` may be `x`.
template <class X, class Out, class F>
void map_rows(const char* name, X&& x, Out&& out, F&& f)
{
    auto const rows = row_operands(name, tensor_detail::view_of(x), tensor_detail::view_of(out));
    rows.for_each([&](const auto* from, auto* to) {
        simd::for_each_vec(rows.x.width, [&](std::size_t i, auto load, auto store) {
            store(to + i, f(load(from + i)));
        });
    });
}

} // namespace detail

/// out = x Phi(x), by the error function (PyTorch's `gelu`). `out` may be `x`. (..., M, N) to
/// (..., M, N), each of fp32 or bf16 in contiguous rows, one to four axes. Throws `tfm::Error` when
/// extents known only at run time differ, or rows are not contiguous.
template <TensorLike X, TensorLike Out>
void gelu(X&& x, Out&& out)
{
    detail::map_rows("tfm::gelu", x, out, [](simd::vec v) { return simd::gelu(v); });
}

/// The same with the tanh approximation (PyTorch's `gelu(approximate="tanh")`, GPT-2's `gelu_new`).
template <TensorLike X, TensorLike Out>
void gelu_tanh(X&& x, Out&& out)
{
    detail::map_rows("tfm::gelu_tanh", x, out, [](simd::vec v) { return simd::gelu_tanh(v); });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
