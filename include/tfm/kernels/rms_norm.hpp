#pragma once

/// \file
/// Root-mean-square normalisation.

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

/// Normalises one row of `width` floats; `out` may be `x`.
inline void rms_norm_row(const float* x, const float* gain, float epsilon, std::size_t width,
                         float* out) noexcept
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

/// out = x / sqrt(mean(x^2) + epsilon) * gain, each row (M, N) on its own (Zhang and Sennrich 2019,
/// PyTorch's `rms_norm`). `out` may be `x`.
/// Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, RowsLayout LX, Fp32 TG, class LG, Fp32 TO, RowsLayout LO>
void rms_norm(View<TX, LX> x, View<TG, LG> gain, float epsilon, View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(VectorParameter<LG>::value);
    static_assert(SameExtent<XColumns<LX::cols>, GainSize<LG::cols>>::value);
    static_assert(SameExtent<XColumns<LX::cols>, OutColumns<LO::cols>>::value);
    require(x.cols() == gain.cols() && x.cols() == out.cols() && x.rows() == out.rows(), [&] {
        return "tfm::rms_norm: x is " + std::to_string(x.rows()) + " x " +
               std::to_string(x.cols()) + ", gain " + std::to_string(gain.cols()) +
               ", the output " + std::to_string(out.rows()) + " x " + std::to_string(out.cols());
    });
    for (std::size_t row = 0; row < x.rows(); ++row) {
        detail::rms_norm_row(x.row(row), gain.data(), epsilon, x.cols(), out.row(row));
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
