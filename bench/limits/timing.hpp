#pragma once

/// \file
/// Reading the clock, and what is said of several readings.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <type_traits>
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

/// A value of which the compiler can work nothing out, and not before this call.
template <class T>
T opaque(const T& value)
{
    static_assert(std::is_trivially_copyable_v<T>);
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    unsigned char volatile source[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) source[i] = bytes[i];
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes[i] = source[i];
    T result;
    std::memcpy(&result, bytes, sizeof(T));
    return result;
}

/// Before reading the same memory again: the compiler must not remember what was read.
inline void forget_memory() { std::atomic_signal_fence(std::memory_order_seq_cst); }

} // namespace tfm::bench
