#pragma once

/// \file
/// Exponentials on a register of floats.
///
/// These functions round by adding and subtracting a large number, so the order of additions
/// counts: see `settled`.

#include "vec.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// The logarithm of e to base 2.
inline constexpr float log2_e = 1.44269504F;

namespace detail {

/// The last bit of a float of this size is worth 1, so x + rounder is the whole number nearest to x
/// plus 127, which is the exponent field of that power of two, in the lowest bits.
inline constexpr float rounder = 0x1.8p23F + 127.0F;

/// A polynomial in x by Horner's rule, the coefficient of the highest power first.
template <class... Coefficients>
inline vec polynomial(vec x, float highest, Coefficients... lower) noexcept
{
    vec sum = broadcast(highest);
    ((sum = fma(sum, x, broadcast(lower))), ...);
    return sum;
}

/// 2^f for f from -1/2 to 1/2. The coefficients are from tools/make_math_coefficients.py.
inline vec exp2_fraction(vec f) noexcept
{
    return polynomial(f, 0.00015238006F, 0.00133911369F, 0.00961884111F, 0.0555035919F,
                      0.240226448F, 0.693147182F, 1.0F);
}

/// 2^x for x from -127.4 to 128.4: zero up to -126.5, infinity from 127.5, NaN for NaN.
inline vec exp2_in_range(vec x) noexcept
{
    vec const rounded = settled(x + broadcast(rounder));
    vec const fraction = x - (rounded - broadcast(rounder));
    return exp2_fraction(fraction) * low_bits_to_exponent(rounded);
}

} // namespace detail

/// 2^x for x that are not positive, within 1.2 ulp down to 2^-126; the result is zero below
/// 2^-126.5.
///
/// A product of x and log2_e is rounded to 2^-24 of itself, so as an exponential of base e the
/// result is off by up to |x| 2^-24 more: right for weights that are compared with 1, as in a
/// softmax.
inline vec exp2_nonpositive(vec x) noexcept
{
    return detail::exp2_in_range(max(broadcast(-127.0F), x));
}

/// e^x within 1.5 ulp where that is a normal float; the result is infinity where it overflows, zero
/// below 2^-126.5, and NaN for NaN.
///
/// x less the nearest multiple of ln 2, in two parts of which the first times any exponent is exact
/// (Cody and Waite 1980), leaves a remainder as accurate as x.
inline vec exp(vec x) noexcept
{
    constexpr float ln_2_high = 0.693359375F; // 10 bits
    constexpr float ln_2_low = -2.12194440e-4F;
    vec const clamped = min(broadcast(89.0F), max(broadcast(-88.0F), x));
    vec const rounded = settled(fma(clamped, broadcast(log2_e), broadcast(detail::rounder)));
    vec const whole = settled(rounded - broadcast(detail::rounder));
    vec rest = settled(fma(whole, broadcast(-ln_2_high), clamped));
    rest = settled(fma(whole, broadcast(-ln_2_low), rest));
    // 2^128 times less than 1 may be finite: there the power is 2^127, and the result doubled.
    vec const power = low_bits_to_exponent(min(broadcast(detail::rounder + 127.0F), rounded));
    vec const doubling = max(broadcast(127.0F), whole) - broadcast(127.0F);
    vec const result = detail::exp2_fraction(rest * broadcast(log2_e)) * power;
    return fma(result, doubling, result);
}

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
