#pragma once

/// \file
/// Activation functions on a register of floats.
///
/// Each function is zero where it would be less than about 1e-36, and x where x is large.

#include "exp.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// GELU with its tanh approximation (Hendrycks and Gimpel 2016; PyTorch's `approximate="tanh"`,
/// GPT-2's `gelu_new`): x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3).
///
/// The code has x / (1 + exp(-2u)), which is the same function, needs one exponential, and does not
/// lose digits to cancellation where tanh u is near -1. The result is within 4 ulp from x = -1 on;
/// below, where the function vanishes, the result is within 200 ulp, which are 2.4e-5 of it.
inline vec gelu_tanh(vec x) noexcept
{
    // The coefficients of -2u in units of ln 2; beyond the bounds 2^exponent is infinity, or
    // nothing beside 1.
    constexpr float linear = -2.30220819F;
    constexpr float cubic = -0.102943240F;
    vec const bounded_below = max(broadcast(-10.06F), x);
    vec const bounded = min(broadcast(10.0F), bounded_below);
    vec const slope = fma(bounded * bounded, broadcast(cubic), broadcast(linear));
    return bounded_below / (broadcast(1.0F) + detail::exp2_in_range(bounded * slope));
}

/// GELU (Hendrycks and Gimpel 2016): x Phi(x). The result is within 6 ulp from x = -1 on; below,
/// where the function vanishes, the result is within 200 ulp, which are 2.4e-5 of it.
///
/// The code has max(x, 0) - |x| Phi(-|x|), and Phi(-a) as exp(-a^2/2) times a function so smooth
/// that a quotient of polynomials is as good as exact (tools/make_math_coefficients.py): then a
/// negative result, however small, keeps its relative accuracy.
inline vec gelu(vec x) noexcept
{
    constexpr float minus_half_log2_e = -0.72134752F;
    vec const a = min(broadcast(13.2688F), abs(x)); // where 2^exponent becomes zero
    vec const power = detail::exp2_in_range(a * a * broadcast(minus_half_log2_e));
    vec const p = detail::polynomial(a, -0.0146466866F, -0.109316908F, -0.344083905F, -0.49999997F);
    vec const q =
        detail::polynomial(a, 0.0367246345F, 0.273650199F, 0.904371381F, 1.4860481F, 1.0F);
    vec const tail = a * power * (p / q);
    // The greater of both terms keeps the sign of a zero.
    return max(tail, x + tail);
}

/// SiLU, also called Swish (Elfwing et al. 2017, PyTorch's `silu`): x / (1 + exp(-x)). The result
/// is within 4 ulp from x = -1 on; below, where the function vanishes, the result is within 90 ulp,
/// which are 1.1e-5 of it.
inline vec silu(vec x) noexcept
{
    vec const bounded_below = max(broadcast(-88.72F), x); // where exp(-x) becomes infinity
    vec const bounded = min(broadcast(87.0F), bounded_below);
    vec const power = detail::exp2_in_range(bounded * broadcast(-log2_e));
    return bounded_below / (broadcast(1.0F) + power);
}

/// max(x, 0).
inline vec relu(vec x) noexcept { return max(x, broadcast(0.0F)); }

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
