#pragma once

/// \file
/// The roofline of this machine for a number of threads: compute peaks and read bandwidths.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "compute_peaks.hpp"
#include "read_bandwidth.hpp"

namespace tfm::bench {

/// Bytes per second when so many bytes are read over and over.
struct ReadSpeed {
    std::size_t working_set;
    double bytes_per_second;
};

/// What so many threads can do at most (Williams et al. 2009).
struct MachineLimits {
    std::size_t threads;
    std::vector<ComputePeak> peaks;
    std::vector<ReadSpeed> reads; ///< by working set, ascending; at least one

    /// The fastest way to compute: narrow numbers may be widened to fp32.
    double operations_per_second(Arithmetic arithmetic) const
    {
        double most = 0.0;
        for (const ComputePeak& peak : peaks) {
            bool const usable =
                peak.arithmetic == arithmetic || peak.arithmetic == Arithmetic::fp32;
            if (usable) most = std::max(most, peak.operations_per_second);
        }
        return most;
    }

    /// Between the measured working sets a straight line over the logarithm of the size.
    double bytes_per_second(double working_set) const
    {
        auto const above = std::find_if(reads.begin(), reads.end(), [&](const ReadSpeed& read) {
            return static_cast<double>(read.working_set) >= working_set;
        });
        if (above == reads.end()) return reads.back().bytes_per_second;
        if (above == reads.begin()) return above->bytes_per_second;
        const ReadSpeed& below = *(above - 1);
        auto const size = static_cast<double>(below.working_set);
        double const share =
            std::log(working_set / size) / std::log(static_cast<double>(above->working_set) / size);
        return below.bytes_per_second + share * (above->bytes_per_second - below.bytes_per_second);
    }
};

/// The most of several readings: what else runs on the machine only ever takes away.
template <class Measure>
double measure_most(Measure&& measure)
{
    double most = 0.0;
    for (int reading = 0; reading < 7; ++reading) most = std::max(most, measure());
    return most;
}

/// The read bandwidth of each working set; each is read for at least 64 MiB a reading.
inline void measure_reads(std::vector<MachineLimits>& limits,
                          const std::vector<std::size_t>& working_sets)
{
    constexpr std::size_t least = std::size_t{64} << 20;
    for (std::size_t const working_set : working_sets) {
        ReadBandwidth const memory(working_set);
        std::size_t const passes = divide_up(least, working_set);
        for (MachineLimits& limit : limits) {
            limit.reads.push_back(
                {working_set, measure_most([&] { return memory.measure(limit.threads, passes); })});
        }
    }
}

/// The most of several readings of each peak.
inline std::vector<ComputePeak> measure_peaks(std::size_t threads)
{
    std::vector<ComputePeak> most = measure_compute_peaks(threads);
    for (int reading = 1; reading < 7; ++reading) {
        std::vector<ComputePeak> const peaks = measure_compute_peaks(threads);
        for (std::size_t i = 0; i < most.size(); ++i) {
            most[i].operations_per_second =
                std::max(most[i].operations_per_second, peaks[i].operations_per_second);
        }
    }
    return most;
}

/// The limits of each number of threads. \pre `working_sets`, in bytes, ascend.
inline std::vector<MachineLimits> measure_limits(const std::vector<std::size_t>& threads,
                                                 const std::vector<std::size_t>& working_sets)
{
    std::vector<MachineLimits> limits;
    limits.reserve(threads.size());
    for (std::size_t const count : threads) limits.push_back({count, measure_peaks(count), {}});
    measure_reads(limits, working_sets);
    return limits;
}

} // namespace tfm::bench
