#pragma once

/// \file
/// Activation functions on a register of floats.

#include "vec.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// GELU with its tanh approximation (Hendrycks and Gimpel 2016; PyTorch's `approximate="tanh"`,
/// GPT-2's `gelu_new`): x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3).
///
/// Computed as x / (1 + exp(-2u)), which is the same function, needs one exp, and does not lose
/// digits to cancellation where tanh u is near -1. Saturates correctly at both ends.
inline vec gelu_tanh(vec x) noexcept
{
    constexpr float minus_two_sqrt_2_over_pi = -1.5957691216057308F;
    vec const cubic = fma(x * x * broadcast(0.044715F), x, x);
    return x / (broadcast(1.0F) + exp(broadcast(minus_two_sqrt_2_over_pi) * cubic));
}

/// GELU (Hendrycks and Gimpel 2016): x Phi(x), by way of erfc so that large negative x keep their
/// relative accuracy.
inline vec gelu(vec x) noexcept
{
    constexpr float minus_sqrt_half = -0.70710678118654752F;
    return broadcast(0.5F) * x * erfc(broadcast(minus_sqrt_half) * x);
}

/// SiLU, also called Swish (Elfwing et al. 2017, PyTorch's `silu`): x / (1 + exp(-x)).
inline vec silu(vec x) noexcept { return x / (broadcast(1.0F) + exp(-x)); }

/// max(x, 0).
inline vec relu(vec x) noexcept { return max(x, broadcast(0.0F)); }

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
