#!/usr/bin/env python3
"""Prints the coefficients of include/tfm/simd/exp.hpp and math.hpp, and how far off they are.

usage: make_math_coefficients.py

Weighted least squares at Chebyshev nodes, which comes within a factor of about two of the minimax
fit. Coefficients are rounded to float32 one after the other, lowest power first, and those not yet
rounded are fitted again, so that they make up for the rounding. Needs numpy.
"""

import math

import numpy

NODES = 2000


def chebyshev_nodes(low, high):
    angles = (numpy.arange(NODES) + 0.5) * math.pi / NODES
    return (low + high) / 2 + (high - low) / 2 * numpy.cos(angles)


def least_squares(columns, target):
    """Solves for the columns' factors, whatever the columns' sizes."""
    sizes = numpy.abs(columns).max(axis=0)
    return numpy.linalg.lstsq(columns / sizes, target, rcond=None)[0] / sizes


def fit_polynomial(x, target, weight, degree):
    """The float32 coefficients, lowest power first, for which weight * (p(x) - target) is small."""
    powers = x[:, None] ** numpy.arange(degree + 1)
    rest = numpy.array(target)
    coefficients = []
    for power in range(degree + 1):
        columns = powers[:, power:] * weight[:, None]
        coefficients.append(numpy.float32(least_squares(columns, rest * weight)[0]))
        rest -= powers[:, power] * float(coefficients[-1])
    return numpy.array(coefficients)


def fit_rational(x, target, importance, numerator_degree, denominator_degree):
    """Float32 coefficients of p and q, q(0) = 1, for which importance * (p / q / target - 1) is
    small.

    The error of p - target * q is linear in the coefficients and weighs q times too much, which is
    known from the round before (Sanathanan and Koerner 1963).
    """
    upper = x[:, None] ** numpy.arange(numerator_degree + 1)
    lower = x[:, None] ** numpy.arange(1, denominator_degree + 1)
    q = numpy.ones_like(x)
    for _ in range(20):
        weight = importance / (target * q)
        columns = numpy.hstack([upper, -target[:, None] * lower]) * weight[:, None]
        factors = least_squares(columns, target * weight)
        q = 1 + lower @ factors[numerator_degree + 1 :]
    denominator = numpy.float32(numpy.append(1, factors[numerator_degree + 1 :]))
    q = evaluate(denominator, x)
    return fit_polynomial(x, target * q, importance / (target * q), numerator_degree), denominator


def evaluate(coefficients, x):
    return numpy.polynomial.polynomial.polyval(x, numpy.float64(coefficients))


def show(name, coefficients):
    print(f"{name}, highest power first: ")
    print("   ", ", ".join(f"{value:.9g}F" for value in coefficients[::-1]))


def fit_exp2(degree):
    """2^f as 1 + f q(f)."""
    f = chebyshev_nodes(-0.5, 0.5)
    exact = numpy.exp2(f)
    q = fit_polynomial(f, numpy.expm1(f * math.log(2)) / f, numpy.abs(f) / exact, degree - 1)
    error = numpy.abs((1 + f * evaluate(q, f)) / exact - 1).max()
    show(f"2^f - 1 over f for |f| <= 1/2, off by {error * 2**23:.3f} * 2^-23 of 2^f", q)


def fit_normal_tail(end, numerator_degree, denominator_degree):
    """-Phi(-a) exp(a^2 / 2), where Phi is the normal distribution. Half a unit of the exponent, by
    which exp(-a^2 / 2) is off anyway, grows with a^2, and so may the error of this."""
    a = chebyshev_nodes(0, end)
    exact = numpy.array([-0.5 * math.erfc(v / math.sqrt(2)) * math.exp(v * v / 2) for v in a])
    tolerance = 1 + a * a / 2
    p, q = fit_rational(a, exact, 1 / tolerance, numerator_degree, denominator_degree)
    error = numpy.abs((evaluate(p, a) / evaluate(q, a) / exact - 1) / tolerance).max()
    show(f"-Phi(-a) exp(a^2/2) up to {end}, off by {error * 2**23:.3f} (1 + a^2/2) 2^-23: p", p)
    show("q", q)


if __name__ == "__main__":
    fit_exp2(6)
    fit_normal_tail(13.3, 3, 4)
