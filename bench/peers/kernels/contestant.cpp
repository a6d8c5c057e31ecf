#include "contestant.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include <tfm/tensor/layout.hpp>

namespace kernel_peers {
namespace {

using tfm::bench::now;

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

} // namespace

Contestant::Contestant(std::string library, std::unique_ptr<Matmul> matmul, std::size_t copies)
    : library_(std::move(library)), matmul_(std::move(matmul)), copies_(copies)
{
}

void Contestant::prepare(const Case& measured, Matrix x, Matrix expected)
{
    matmul_->prepare(x, measured.threads);
    seconds_.clear();
    matmul_->run(copies_ - 1);
    difference_ = largest_difference(matmul_->result(), expected);
    if (difference_ <= tolerance(measured.dtype)) return;
    std::ostringstream message;
    message << measured.name() << ": the products of " << library_ << " and tfm in fp32 differ by "
            << difference_ << " of the largest element; expected at most "
            << tolerance(measured.dtype);
    throw WrongProduct(message.str());
}

void Contestant::warm_up(double sample_seconds)
{
    calls_ = 0;
    double const begin = now();
    do {
        run();
        ++calls_;
    } while (now() - begin < sample_seconds);
}

void Contestant::take_sample()
{
    double const begin = now();
    for (std::size_t i = 0; i < calls_; ++i) run();
    seconds_.push_back((now() - begin) / static_cast<double>(calls_));
}

double Contestant::mean_seconds() const
{
    double const sum = std::accumulate(seconds_.begin(), seconds_.end(), 0.0);
    return sum / static_cast<double>(seconds_.size());
}

void Contestant::run()
{
    matmul_->run(next_copy_);
    next_copy_ = (next_copy_ + 1) % copies_;
}

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

std::unique_ptr<Matmul> make_oracle(Matrix weight)
{
    return tfm_library().kernels.front().make(weight, 1);
}

void prepare_all(std::vector<Contestant>& contestants, Matmul& oracle, const Case& measured,
                 Matrix x)
{
    oracle.prepare(x, measured.threads);
    oracle.run(0);
    for (Contestant& contestant : contestants) contestant.prepare(measured, x, oracle.result());
}

} // namespace kernel_peers
