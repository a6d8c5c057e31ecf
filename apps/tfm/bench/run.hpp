#pragma once

/// \file
/// Carrying out a plan of `tfm bench`.

#include <cstddef>
#include <functional>
#include <vector>

#include "../opened_model.hpp"
#include "plan.hpp"
#include "result.hpp"

namespace tfm_program {

/// How to measure.
struct BenchSettings {
    const OpenedModel& model;
    std::vector<std::size_t> threads; ///< each is measured with
    std::size_t rounds;               ///< timed, after one to warm up
};

/// Measures what a plan names, one after the other, and hands each figure to `on_result` as it is
/// made.
class Bench {
public:
    using OnResult = std::function<void(const BenchResult&)>;

    Bench(BenchSettings settings, OnResult on_result);

    /// Throws what loading the model throws.
    void run(const BenchPlan& plan);

private:
    void measure(const Workload& workload, const tfm::any::Decoder& weights, std::size_t threads);
    void measure_process(const BenchPlan& plan, std::size_t threads);
    ForwardCost start_cost() const;
    BenchResult peak_result(BenchResult result, const std::vector<double>& peaks) const;

    BenchSettings settings_;
    OnResult on_result_;
};

} // namespace tfm_program
