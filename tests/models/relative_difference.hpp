#pragma once

/// \file
/// How far numbers are from a reference's.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace tfm::testing {

/// Largest absolute difference over the standard deviation of `expected`; infinite where there are
/// not as many numbers, or one is NaN.
inline double relative_difference(std::span<const float> expected, std::span<const float> found)
{
    if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
    double sum = 0.0;
    double squares = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        double const value = expected[i];
        sum += value;
        squares += value * value;
        double const difference = std::abs(value - static_cast<double>(found[i]));
        if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
        largest = std::max(largest, difference);
    }
    double const count = static_cast<double>(expected.size());
    double const mean = sum / count;
    return largest / std::sqrt(squares / count - mean * mean);
}

} // namespace tfm::testing
