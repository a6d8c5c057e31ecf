#pragma once

/// \file
/// Layer normalisation.

#include <cmath>
#include <cstddef>

#include "../simd/vec.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Normalises one row of `width` elements, each pointer to floats or bf16; `out` may be `x`. A
/// second pass over a row that is in L1 costs little, and the variance about the known mean has
/// none of the cancellation that E[x^2] - E[x]^2 has.
template <class TX, class TG, class TB, class TO>
void layer_norm_row(const TX* x, const TG* gain, const TB* bias, float epsilon, std::size_t width,
                    TO* out) noexcept
{
    using namespace simd;
    vec sum = broadcast(0.0F);
    for_each_vec(width, [&](std::size_t i, auto load, auto) { sum += load(x + i); });
    float const mean = reduce_add(sum) / static_cast<float>(width);

    vec squares = broadcast(0.0F);
    std::size_t const whole = width / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        vec const centred = load(x + i) - broadcast(mean);
        squares = fma(centred, centred, squares);
    }
    float variance_sum = reduce_add(squares);
    for (std::size_t i = whole; i < width; ++i) {
        float const centred = static_cast<float>(x[i]) - mean;
        variance_sum += centred * centred;
    }
    float const scale = 1.0F / std::sqrt(variance_sum / static_cast<float>(width) + epsilon);

    for_each_vec(width, [&](std::size_t j, auto load, auto store) {
        vec const normalised = (load(x + j) - broadcast(mean)) * broadcast(scale);
        store(out + j, fma(normalised, load(gain + j), load(bias + j)));
    });
}

} // namespace detail

/// out = (x - mean) / sqrt(variance + epsilon) * gain + bias, each row on its own; the variance is
/// the biased one (Ba et al. 2016, PyTorch's `layer_norm`). `out` may be `x`. (..., M, N) to
/// (..., M, N), gain and bias of N, each of fp32 or bf16; rows are contiguous, one to four axes.
/// Throws `tfm::Error` when extents known only at run time differ, or rows are not contiguous.
template <TensorLike X, TensorLike Gain, TensorLike Bias, TensorLike Out>
void layer_norm(X&& x, Gain&& gain, Bias&& bias, float epsilon, Out&& out)
{
    using namespace tensor_detail;
    constexpr std::size_t cols = ViewOf<X>::layout_type::cols;
    static_assert(SameExtent<XColumns<cols>, GainSize<ViewOf<Gain>::layout_type::cols>>::value);
    static_assert(SameExtent<XColumns<cols>, BiasSize<ViewOf<Bias>::layout_type::cols>>::value);
    constexpr const char* name = "tfm::layer_norm";
    auto const rows = detail::row_operands(name, view_of(x), view_of(out));
    std::size_t const width = rows.x.width;
    const auto* const gains = detail::column_parameter(name, "the gain", view_of(gain), width);
    const auto* const biases = detail::column_parameter(name, "the bias", view_of(bias), width);
    rows.for_each([&](const auto* from, auto* to) {
        detail::layer_norm_row(from, gains, biases, epsilon, width, to);
    });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
