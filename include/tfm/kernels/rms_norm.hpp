#pragma once

/// \file
/// Root-mean-square normalisation.

#include <cmath>
#include <cstddef>

#include "../simd/vec.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Normalises one row of `width` elements, each pointer to floats or bf16; `out` may be `x`.
template <class TX, class TG, class TO>
void rms_norm_row(const TX* x, const TG* gain, float epsilon, std::size_t width, TO* out) noexcept
{
    using namespace simd;
    vec squares = broadcast(0.0F);
    for_each_vec(width, [&](std::size_t i, auto load, auto) {
        vec const value = load(x + i);
        squares = fma(value, value, squares);
    });
    float const mean_square = reduce_add(squares) / static_cast<float>(width);
    float const scale = 1.0F / std::sqrt(mean_square + epsilon);
    for_each_vec(width, [&](std::size_t i, auto load, auto store) {
        store(out + i, load(x + i) * broadcast(scale) * load(gain + i));
    });
}

} // namespace detail

/// out = x / sqrt(mean(x^2) + epsilon) * gain, each row on its own (Zhang and Sennrich 2019,
/// PyTorch's `rms_norm`). `out` may be `x`. (..., M, N) to (..., M, N), the gain of N, each of fp32
/// or bf16; rows are contiguous, one to four axes.
/// Throws `tfm::Error` when extents known only at run time differ, or rows are not contiguous.
template <TensorLike X, TensorLike Gain, TensorLike Out>
void rms_norm(X&& x, Gain&& gain, float epsilon, Out&& out)
{
    using namespace tensor_detail;
    static_assert(SameExtent<XColumns<ViewOf<X>::layout_type::cols>,
                             GainSize<ViewOf<Gain>::layout_type::cols>>::value);
    constexpr const char* name = "tfm::rms_norm";
    auto const rows = detail::row_operands(name, view_of(x), view_of(out));
    std::size_t const width = rows.x.width;
    const auto* const gains = detail::column_parameter(name, "the gain", view_of(gain), width);
    rows.for_each(
        [&](const auto* from, auto* to) { detail::rms_norm_row(from, gains, epsilon, width, to); });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
