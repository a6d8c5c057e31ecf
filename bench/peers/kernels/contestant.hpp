#pragma once

/// \file
/// `Contestant`: a library that takes part in one group of cases, checked against tfm and timed by
/// turns.

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cases.hpp"
#include "library.hpp"
#include "timing.hpp"

namespace kernel_peers {

using tfm::bench::Spread;

/// How the time is taken.
struct Method {
    std::size_t rounds = 7;
    double sample_seconds = 0.02; ///< least time that a library computes before the next one's turn
    std::size_t cold_mib = 512;   ///< the copies of a weight that take turns fill so much
    bool warm = false;            ///< one copy instead
};

/// One library in one case.
struct Result {
    std::string library;
    Spread seconds;    ///< of a product
    double difference; ///< from tfm's fp32 product: largest, by the largest element
};

/// A library's product is not what the others say.
class WrongProduct : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Its samples, and whose turn it is among its copies of the weight.
class Contestant {
public:
    Contestant(std::string library, std::unique_ptr<Matmul> matmul, std::size_t copies);

    const std::string& library() const noexcept { return library_; }

    /// Gets ready for x, which must outlive the turns, and forgets the samples so far. Throws
    /// `WrongProduct` where its product is not the one expected.
    void prepare(const Case& measured, Matrix x, Matrix expected);

    /// Finds how many calls take long enough for a sample.
    void warm_up(double sample_seconds);

    /// One turn.
    void take_sample();

    /// Of a call, over all samples.
    double mean_seconds() const;
    Result result() const { return {library_, tfm::bench::spread(seconds_), difference_}; }

private:
    void run();

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
std::size_t count_copies(const Case& first, const Method& method);

/// The libraries that have the dtype of a group of cases on this CPU.
std::vector<Contestant> make_contestants(const Case& first, const std::vector<Library>& libraries,
                                         Matrix weight, std::size_t copies);

/// tfm in fp32, whose products the others are checked against.
std::unique_ptr<Matmul> make_oracle(Matrix weight);

/// Gets all of them ready for x, which must outlive the turns. Throws `WrongProduct`.
void prepare_all(std::vector<Contestant>& contestants, Matmul& oracle, const Case& measured,
                 Matrix x);

} // namespace kernel_peers
