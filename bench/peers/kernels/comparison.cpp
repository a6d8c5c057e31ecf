#include "comparison.hpp"

#include <algorithm>

#include "compute_peaks.hpp"
#include "random_matrix.hpp"
#include "read_bandwidth.hpp"

namespace kernel_peers {
namespace {

using tfm::bench::spread;

/// Operations per second that the CPU's multiplying instructions for a dtype do at most; none where
/// it has none.
std::optional<double> measure_compute_peak(Dtype dtype, std::size_t threads)
{
    using tfm::bench::Arithmetic;
    if (dtype == Dtype::fp32) return tfm::bench::measure_fma_peak(threads);
    Arithmetic const arithmetic = dtype == Dtype::bf16 ? Arithmetic::bf16 : Arithmetic::int8;
    std::optional<double> most;
    for (auto const& peak : tfm::bench::measure_compute_peaks(threads)) {
        if (peak.arithmetic != arithmetic) continue;
        most = std::max(most.value_or(0.0), peak.operations_per_second);
    }
    return most;
}

/// Measures the machine's limits of a group of cases.
class LimitSampler {
public:
    LimitSampler(const Case& first, const Method& method)
        : dtype_(first.dtype), warm_(method.warm),
          memory_(warm_ ? static_cast<std::size_t>(first.bytes()) : method.cold_mib << 20U)
    {
    }

    void take_sample(std::size_t threads)
    {
        if (auto const peak = measure_compute_peak(dtype_, threads)) computing_.push_back(*peak);
        // What fits in a cache is there only after it was read once.
        if (warm_) memory_.measure(threads);
        reading_.push_back(memory_.measure(threads));
    }

    /// Of the samples since the last call.
    Limits take_limits()
    {
        Limits limits{std::nullopt, spread(reading_)};
        if (!computing_.empty()) limits.operations = spread(computing_);
        computing_.clear();
        reading_.clear();
        return limits;
    }

private:
    Dtype dtype_;
    bool warm_;
    tfm::bench::ReadBandwidth memory_;
    std::vector<double> computing_;
    std::vector<double> reading_;
};

Measurement measure(const Case& measured, std::vector<Contestant>& contestants,
                    LimitSampler& limits, const Method& method)
{
    for (Contestant& contestant : contestants) contestant.warm_up(method.sample_seconds);
    for (std::size_t round = 0; round < method.rounds; ++round) {
        limits.take_sample(measured.threads);
        for (Contestant& contestant : contestants) contestant.take_sample();
    }
    Measurement measurement{measured, limits.take_limits(), {}};
    for (const Contestant& contestant : contestants) {
        measurement.results.push_back(contestant.result());
    }
    return measurement;
}

} // namespace

Limits::Bound Limits::bound(const Case& measured) const
{
    Bound reading{"read", measured.bytes() / read_bytes.median};
    if (!operations) return reading;
    Bound computing{"compute", measured.operations() / operations->median};
    return computing.seconds > reading.seconds ? computing : reading;
}

std::optional<Measurement::Ratio> Measurement::best_peer_by_tfm() const
{
    if (results.size() < 2 || results.front().library != "tfm") return std::nullopt;
    auto const best =
        std::min_element(results.begin() + 1, results.end(), [](const Result& a, const Result& b) {
            return a.seconds.median < b.seconds.median;
        });
    return Ratio{best->library, best->seconds.median / results.front().seconds.median};
}

void compare(const CaseGroup& group, const std::vector<Library>& libraries, const Method& method,
             const std::function<void(const Measurement&)>& on_measurement)
{
    const Case& first = group.front();
    auto const most_rows =
        std::max_element(group.begin(), group.end(), [](const Case& a, const Case& b) {
            return a.m < b.m;
        })->m;
    OwnedMatrix const xs = random_matrix(most_rows, first.weight.k, first.dtype, Operand::x);
    OwnedMatrix const weight =
        random_matrix(first.weight.k, first.weight.n, first.dtype, Operand::weight);
    auto contestants =
        make_contestants(first, libraries, weight.view(), count_copies(first, method));
    auto const oracle = make_oracle(weight.view());
    LimitSampler limits(first, method);

    for (const Case& measured : group) {
        Matrix const x(xs.data(), {measured.m, measured.weight.k});
        prepare_all(contestants, *oracle, measured, x);
        on_measurement(measure(measured, contestants, limits, method));
    }
}

} // namespace kernel_peers
