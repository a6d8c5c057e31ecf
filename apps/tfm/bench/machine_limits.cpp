#include "machine_limits.hpp"

#include <algorithm>
#include <vector>

#include <timing.hpp>

namespace tfm_program {

namespace {

/// Far more than any cache holds: beyond it, bandwidth no longer depends on the size.
constexpr double largest_buffer = 1 << 30;

std::size_t buffer_bytes(const ForwardCost& cost)
{
    return static_cast<std::size_t>(std::min(cost.pass_bytes(), largest_buffer));
}

tfm::bench::Arithmetic arithmetic_of(tfm::Dtype dtype)
{
    switch (dtype) {
    case tfm::Dtype::bf16:
        return tfm::bench::Arithmetic::bf16;
    case tfm::Dtype::int8:
        return tfm::bench::Arithmetic::int8;
    case tfm::Dtype::fp32:
        break;
    }
    return tfm::bench::Arithmetic::fp32;
}

/// The fastest way to multiply such numbers, which may be to widen them.
double measure_peak(tfm::bench::Arithmetic arithmetic, std::size_t threads)
{
    using tfm::bench::Arithmetic;
    if (arithmetic == Arithmetic::fp32) return tfm::bench::measure_fma_peak(threads);
    double most = 0;
    for (const auto& peak : tfm::bench::measure_compute_peaks(threads)) {
        if (peak.arithmetic == arithmetic || peak.arithmetic == Arithmetic::fp32)
            most = std::max(most, peak.operations_per_second);
    }
    return most;
}

} // namespace

TimeLimit limit_of(const ForwardCost& cost, const MachineLimits& machine)
{
    double const reading = cost.bytes / machine.bytes_per_s;
    double const computing = cost.flops / machine.flops_per_s;
    if (reading >= computing) return {reading, read_limit};
    return {computing, fma_limit};
}

MachineLimits median_of(std::span<const MachineLimits> samples)
{
    std::vector<double> bytes_per_s;
    std::vector<double> flops_per_s;
    for (const MachineLimits& sample : samples) {
        bytes_per_s.push_back(sample.bytes_per_s);
        flops_per_s.push_back(sample.flops_per_s);
    }
    return {tfm::bench::spread(bytes_per_s).median, tfm::bench::spread(flops_per_s).median};
}

LimitMeter::LimitMeter(const ForwardCost& cost, const tfm::Precision& precision,
                       std::size_t threads)
    : arithmetic_(arithmetic_of(precision.weights)), threads_(threads), memory_(buffer_bytes(cost))
{
}

MachineLimits LimitMeter::measure() const
{
    return {memory_.measure(threads_), measure_peak(arithmetic_, threads_)};
}

} // namespace tfm_program
