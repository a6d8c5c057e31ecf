#pragma once

/// \file
/// The machine's limits beside some work, and what they leave of its time.

#include <cstddef>
#include <span>
#include <string_view>

#include <compute_peaks.hpp>
#include <read_bandwidth.hpp>

#include "forward_cost.hpp"

namespace tfm_program {

/// What the machine does at most.
struct MachineLimits {
    double bytes_per_s; ///< read from memory
    double flops_per_s; ///< of multiplying numbers as the activations are
};

inline constexpr std::string_view read_limit = "read bandwidth";
inline constexpr std::string_view fma_limit = "FMA peak";

/// The least time that some work can take.
struct TimeLimit {
    double seconds;
    std::string_view by; ///< `read_limit` or `fma_limit`
};

/// The larger of the times that reading and computing take.
TimeLimit limit_of(const ForwardCost& cost, const MachineLimits& machine);

/// The median of each limit.
MachineLimits median_of(std::span<const MachineLimits> samples);

/// Measures the limits on so many threads, with a buffer of the size of the work's own data.
class LimitMeter {
public:
    /// \pre the runtime gives so many threads.
    LimitMeter(const ForwardCost& cost, const tfm::Precision& precision, std::size_t threads);

    MachineLimits measure() const;

private:
    tfm::bench::Arithmetic arithmetic_;
    std::size_t threads_;
    tfm::bench::ReadBandwidth memory_;
};

} // namespace tfm_program
