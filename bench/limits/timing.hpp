#pragma once

/// \file
/// Reading the clock, and what is said of several readings.

#include <algorithm>
#include <chrono>
#include <vector>

namespace tfm::bench {

/// Seconds on a monotonic clock.
inline double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Median, least and most of some samples.
struct Spread {
    double median;
    double min;
    double max;
};

inline Spread spread(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    return {samples[samples.size() / 2], samples.front(), samples.back()};
}

/// Keeps a result alive without storing it.
inline void keep(float value)
{
    float volatile sink = value;
    static_cast<void>(sink);
}

} // namespace tfm::bench
