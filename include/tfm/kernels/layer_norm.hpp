#pragma once

/// \file
/// Layer normalisation.

#include <cmath>
#include <cstddef>
#include <string>

#include "../config.hpp"
#include "../simd/vec.hpp"
#include "../tensor/view.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Normalises one row of `width` floats; `out` may be `x`. A second pass over a row that is in L1
/// costs little, and the variance about the known mean has none of the cancellation that E[x^2] -
/// E[x]^2 has.
inline void layer_norm_row(const float* x, const float* gain, const float* bias, float epsilon,
                           std::size_t width, float* out) noexcept
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
    for (std::size_t i = whole; i < width; ++i) variance_sum += (x[i] - mean) * (x[i] - mean);
    float const scale = 1.0F / std::sqrt(variance_sum / static_cast<float>(width) + epsilon);

    for_each_vec(width, [&](std::size_t j, auto load, auto store) {
        vec const normalised = (load(x + j) - broadcast(mean)) * broadcast(scale);
        store(out + j, fma(normalised, load(gain + j), load(bias + j)));
    });
}

} // namespace detail

/// out = (x - mean) / sqrt(variance + epsilon) * gain + bias, each row (M, N) on its own; the
/// variance is the biased one (Ba et al. 2016, PyTorch's `layer_norm`). `out` may be `x`.
/// Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, RowsLayout LX, Fp32 TG, class LG, Fp32 TB, class LB, Fp32 TO, RowsLayout LO>
void layer_norm(View<TX, LX> x, View<TG, LG> gain, View<TB, LB> bias, float epsilon,
                View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(VectorParameter<LG>::value && VectorParameter<LB>::value);
    static_assert(SameExtent<XColumns<LX::cols>, GainSize<LG::cols>>::value);
    static_assert(SameExtent<XColumns<LX::cols>, BiasSize<LB::cols>>::value);
    static_assert(SameExtent<XColumns<LX::cols>, OutColumns<LO::cols>>::value);
    require(x.cols() == gain.cols() && x.cols() == bias.cols() && x.cols() == out.cols() &&
                x.rows() == out.rows(),
            [&] {
                return "tfm::layer_norm: x is " + std::to_string(x.rows()) + " x " +
                       std::to_string(x.cols()) + ", gain " + std::to_string(gain.cols()) +
                       ", bias " + std::to_string(bias.cols()) + ", the output " +
                       std::to_string(out.rows()) + " x " + std::to_string(out.cols());
            });
    for (std::size_t row = 0; row < x.rows(); ++row) {
        detail::layer_norm_row(x.row(row), gain.data(), bias.data(), epsilon, x.cols(),
                               out.row(row));
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
