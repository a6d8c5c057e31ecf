#include "comparison.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>

#include <omp.h>

#include "compute_peaks.hpp"
#include "random_matrix.hpp"
#include "read_bandwidth.hpp"

namespace kernel_peers {
namespace {

using tfm::bench::now;
using tfm::bench::spread;

/// The largest difference by the largest element expected; not a number where the product holds
/// one.
double largest_difference(Matrix product, Matrix expected)
{
    double difference = 0.0;
    double scale = 0.0;
    for (std::size_t i = 0; i < expected.rows() * expected.cols(); ++i) {
        double const is = product.data()[i];
        double const should_be = expected.data()[i];
        if (!std::isfinite(is)) return NAN;
        difference = std::max(difference, std::abs(is - should_be));
        scale = std::max(scale, std::abs(should_be));
    }
    return difference / scale;
}

/// What sums of floats in any order may differ by, or rounding to bf16.
double tolerance(Dtype dtype) { return dtype == Dtype::bf16 ? 4e-3 : 2e-5; }

/// A library that takes part, its samples and whose turn it is among its copies of the weight.
class Contestant {
public:
    Contestant(std::string library, std::unique_ptr<Matmul> matmul, std::size_t copies)
        : library_(std::move(library)), matmul_(std::move(matmul)), copies_(copies)
    {
    }

    void prepare(Matrix x, std::size_t threads)
    {
        matmul_->prepare(x, threads);
        seconds_.clear();
    }

    void check(const Case& measured, Matrix expected)
    {
        matmul_->run(copies_ - 1);
        difference_ = largest_difference(matmul_->result(), expected);
        if (difference_ <= tolerance(measured.dtype)) return;
        std::ostringstream message;
        message << measured.name() << ": the products of " << library_
                << " and tfm in fp32 differ by " << difference_
                << " of the largest element; expected at most " << tolerance(measured.dtype);
        throw WrongProduct(message.str());
    }

    /// Finds how many calls take long enough for a sample.
    void warm_up(double sample_seconds)
    {
        calls_ = 0;
        double const begin = now();
        do {
            run();
            ++calls_;
        } while (now() - begin < sample_seconds);
    }

    void take_sample()
    {
        double const begin = now();
        for (std::size_t i = 0; i < calls_; ++i) run();
        seconds_.push_back((now() - begin) / static_cast<double>(calls_));
    }

    Result result() const { return {library_, spread(seconds_), difference_}; }

private:
    void run()
    {
        matmul_->run(next_copy_);
        next_copy_ = (next_copy_ + 1) % copies_;
    }

    std::string library_;
    std::unique_ptr<Matmul> matmul_;
    std::size_t copies_;
    std::size_t next_copy_ = 0;
    std::size_t calls_ = 1;
    double difference_ = 0.0;
    std::vector<double> seconds_;
};

/// Enough copies to fill what the method says, so that a copy is out of the caches before its next
/// turn.
std::size_t count_copies(const Case& first, const Method& method)
{
    if (method.warm) return 1;
    std::size_t const bytes = element_size(first.dtype) * first.weight.k * first.weight.n;
    return std::max<std::size_t>(2, tfm::divide_up(method.cold_mib << 20U, bytes));
}

std::vector<Contestant> make_contestants(const Case& first, const std::vector<Library>& libraries,
                                         Matrix weight, std::size_t copies)
{
    std::vector<Contestant> contestants;
    for (const Library& library : libraries) {
        for (const Kernel& kernel : library.kernels) {
            if (kernel.dtype != first.dtype || !kernel.unsupported.empty()) continue;
            contestants.emplace_back(library.name, kernel.make(weight, copies), copies);
        }
    }
    return contestants;
}

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
    auto const oracle = tfm_library().kernels.front().make(weight.view(), 1);
    LimitSampler limits(first, method);

    for (const Case& measured : group) {
        omp_set_num_threads(static_cast<int>(measured.threads));
        Matrix const x(xs.data(), {measured.m, measured.weight.k});
        oracle->prepare(x, measured.threads);
        oracle->run(0);
        for (Contestant& contestant : contestants) {
            contestant.prepare(x, measured.threads);
            contestant.check(measured, oracle->result());
        }
        on_measurement(measure(measured, contestants, limits, method));
    }
}

} // namespace kernel_peers
