#pragma once

/// \file
/// Softmax over rows.

#include <cstddef>
#include <limits>
#include <string>

#include "../config.hpp"
#include "../simd/exp.hpp"
#include "../tensor/view.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Largest of `count` floats; minus infinity for none.
inline float row_max(const float* x, std::size_t count) noexcept
{
    using namespace simd;
    vec most = broadcast(-std::numeric_limits<float>::infinity());
    std::size_t const whole = count / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) most = max(most, load(x + i));
    float largest = reduce_max(most);
    for (std::size_t i = whole; i < count; ++i) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

/// out, of float or bf16, = exp(scale * (x - largest)), and the sum of that. `out` may be `x`.
///
/// The difference comes first: it is exact where it matters and never positive, whereas the
/// rounding of scale * x alone can exceed 88, and exp overflow, when scores are huge.
template <class T>
float exp_row(const float* x, std::size_t count, float scale, float largest, T* out) noexcept
{
    using namespace simd;
    auto const weigh = [=](vec score) {
        return exp2_nonpositive((score - broadcast(largest)) * broadcast(scale * log2_e));
    };
    vec sum = broadcast(0.0F);
    std::size_t const whole = count / lanes * lanes;
    for (std::size_t i = 0; i < whole; i += lanes) {
        vec const e = weigh(load(x + i));
        sum += e;
        store(out + i, e);
    }
    float total = reduce_add(sum);
    if (whole < count) {
        float rest[lanes];
        store(rest, weigh(load_partial(x + whole, count - whole)));
        for (std::size_t i = whole; i < count; ++i) {
            out[i] = T(rest[i - whole]);
            total += rest[i - whole];
        }
    }
    return total;
}

} // namespace detail

/// Each row of out = exp(x - max x) / sum exp(x - max x); `out` may be `x`. (M, N) to (M, N).
/// Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, RowsLayout LX, Fp32 TO, RowsLayout LO>
void softmax(View<TX, LX> x, View<TO, LO> out)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LX::cols>, OutColumns<LO::cols>>::value);
    static_assert(SameExtent<XRows<LX::rows>, OutRows<LO::rows>>::value);
    require(x.cols() == out.cols() && x.rows() == out.rows(), [&] {
        return "tfm::softmax: x is " + std::to_string(x.rows()) + " x " + std::to_string(x.cols()) +
               ", the output " + std::to_string(out.rows()) + " x " + std::to_string(out.cols());
    });
    std::size_t const width = x.cols();
    for (std::size_t row = 0; row < x.rows(); ++row) {
        float* const to = out.row(row);
        float const largest = detail::row_max(x.row(row), width);
        float const inverse = 1.0F / detail::exp_row(x.row(row), width, 1.0F, largest, to);
        simd::for_each_vec(width, [&](std::size_t i, auto load, auto store) {
            store(to + i, load(to + i) * simd::broadcast(inverse));
        });
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
