#pragma once

/// \file
/// `Suite`: all benchmarks, and how a kernel's file adds its own.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "machine_limits.hpp"
#include "opponents.hpp"
#include "reproducer.hpp"
#include "settings.hpp"
#include "timer.hpp"
#include "weight_pool.hpp"

namespace tfm::bench {

/// What a kernel asks of a shape beside its axes.
struct Condition {
    const char* text = nullptr; ///< such as "m of at most context", to be told to the user
    bool (*holds)(const Shape& shape) = nullptr;
};

class Suite {
public:
    /// `limits` has an entry for each number of threads. It may come to have its figures later, but
    /// before the benchmarks run; all arguments outlive them.
    Suite(const Settings& settings, const Reproducer& reproducer,
          const std::vector<MachineLimits>& limits, WeightPool& pool, Opponents& opponents)
        : settings_(settings), reproducer_(reproducer), limits_(limits), pool_(pool),
          opponents_(opponents), is_taken_(settings.shapes.size())
    {
    }

    /// The shapes to run of a kernel with these axes: the user's, where there are any, else the
    /// full ones, or the tiny ones where the program itself is tested.
    std::vector<Shape> shapes(const std::vector<const char*>& axes,
                              const std::vector<std::vector<std::size_t>>& full,
                              const std::vector<std::vector<std::size_t>>& tiny,
                              Condition condition = {});

    /// Adds a benchmark for each number of threads, where the user wants the precision.
    /// `prepare(timer)` makes the operands and ends in `timer.run` or `timer.run_with_weights`.
    template <class Prepare>
    void add(const Call& call, Prepare prepare)
    {
        if (!wants(call)) return;
        for (const MachineLimits& limits : limits_) {
            std::string const name = name_of(call, limits.threads);
            std::string const command = reproducer_.command(name, call.shape, limits.threads);
            add(name, [=, this, &limits](benchmark::State& state) {
                Timer timer(state, call, limits, pool_, opponents_, command);
                prepare(timer);
                if (settings_.csv) add_missing_columns(state);
            });
        }
    }

    /// Throws `BadInput` where a shape of the user's suits no kernel, or nothing is left to run.
    void check() const;

private:
    static std::string name_of(const Call& call, std::size_t threads);
    static void add(const std::string& name, const std::function<void(benchmark::State&)>& run);
    bool wants(const Call& call);
    void add_missing_columns(benchmark::State& state) const;

    const Settings& settings_;
    const Reproducer& reproducer_;
    const std::vector<MachineLimits>& limits_;
    WeightPool& pool_;
    Opponents& opponents_;
    std::vector<bool> is_taken_;    ///< of each shape of the user's
    std::vector<std::string> axes_; ///< of the kernels, and what they ask beside
    bool has_opponents_call_ = false;
    std::size_t calls_ = 0;
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
