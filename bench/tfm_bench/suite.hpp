#pragma once

/// \file
/// `Suite`: all benchmarks, and how a kernel's file adds its own.

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <vector>

#include <benchmark/benchmark.h>

#include "machine_limits.hpp"
#include "settings.hpp"
#include "timer.hpp"
#include "weight_pool.hpp"

namespace tfm::bench {

class Suite {
public:
    /// `limits` has an entry for each number of threads. It may come to have its figures later, but
    /// before the benchmarks run; it and `pool` outlive them.
    Suite(const Settings& settings, const std::vector<MachineLimits>& limits, WeightPool& pool)
        : tiny_(settings.tiny), limits_(limits), pool_(pool)
    {
    }

    /// The shapes to run: the tiny ones where the program itself is tested.
    template <class T>
    std::vector<T> shapes(std::initializer_list<T> full, std::initializer_list<T> tiny) const
    {
        return tiny_ ? tiny : full;
    }

    /// Adds a benchmark for each number of threads. `prepare(timer)` makes the operands and ends in
    /// `timer.run` or `timer.run_with_weights`.
    template <class Prepare>
    void add(const Call& call, Prepare prepare)
    {
        for (const MachineLimits& limits : limits_) {
            add(call, limits.threads,
                [call, prepare, &limits, &pool = pool_](benchmark::State& state) {
                    Timer timer(state, call, limits, pool);
                    prepare(timer);
                });
        }
    }

private:
    static void add(const Call& call, std::size_t threads,
                    const std::function<void(benchmark::State&)>& run);

    bool tiny_;
    const std::vector<MachineLimits>& limits_;
    WeightPool& pool_;
};

/// A file of bench/kernels holds one: `Benchmarks const gelu([](Suite& suite) { ... });`.
class Benchmarks {
public:
    using Add = void (*)(Suite& suite);

    explicit Benchmarks(Add add) { all().push_back(add); }

    /// Adds the benchmarks of every file.
    static void add_all(Suite& suite)
    {
        for (Add const add : all()) add(suite);
    }

private:
    static std::vector<Add>& all()
    {
        static std::vector<Add> functions;
        return functions;
    }
};

} // namespace tfm::bench
