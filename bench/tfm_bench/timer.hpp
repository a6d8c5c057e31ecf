#pragma once

/// \file
/// `Timer`: runs one benchmark and says how near the limit it came.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <type_traits>

#include <benchmark/benchmark.h>
#include <tfm/parallel.hpp>

#include "call.hpp"
#include "machine_limits.hpp"
#include "opponents.hpp"
#include "weight_pool.hpp"

namespace tfm::bench {

/// Handed to a benchmark once its operands can be made.
class Timer {
public:
    Timer(benchmark::State& state, const Call& call, const MachineLimits& limits, WeightPool& pool,
          Opponents& opponents, const std::string& command)
        : state_(state), call_(call), limits_(limits), pool_(pool), opponents_(opponents),
          command_(command)
    {
    }

    /// Times `body(team)`, called by each thread of a team.
    template <class Body>
    void run(Body&& body)
    {
        time(call_.bytes, [&] { call_on_team(body); });
    }

    /// Times `body(team, weights)`, where `weights` points to `count` numbers of type T that are in
    /// memory, not in a cache, unless the user wants them warm. They may be written to. A body that
    /// touches only a part takes a third argument, which differs from call to call where weights
    /// are cold, to choose another part each time.
    template <Element T, class Body>
    void run_with_weights(std::size_t count, Body&& body)
    {
        double const working_set =
            pool_.is_warm() ? call_.bytes : static_cast<double>(pool_.cycle(count * sizeof(T)));
        time(working_set, [&] {
            T* const weights = pool_.next<T>(count);
            call_on_team([&](Team team) {
                if constexpr (std::is_invocable_v<Body, Team, T*, std::size_t>) {
                    body(team, weights, pool_.calls());
                } else {
                    body(team, weights);
                }
            });
        });
    }

private:
    /// No exception may leave a parallel region: one that says that shapes do not fit ends the
    /// program.
    template <class Body>
    void call_on_team(const Body& body) const
    {
        parallel(limits_.threads, [&](Team team) {
            try {
                body(team);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "tfm_bench: %s\n", error.what());
                std::_Exit(1);
            }
        });
    }

    /// Other libraries take their turns while the clocks of this benchmark stand still.
    template <class Function>
    void time(double working_set, Function&& function)
    {
        auto const opponents = opponents_.prepare(call_, limits_.threads);
        auto const take_turns = [&] {
            for (auto& opponent : opponents) opponent.take_sample();
        };
        function(); // starts the threads and touches the results' memory
        double seconds = 0.0;
        double begin = now();
        for (auto _ : state_) {
            function();
            benchmark::ClobberMemory();
            if (opponents.empty() || now() - begin < opponents_.turn_seconds()) continue;
            seconds += now() - begin;
            state_.PauseTiming();
            take_turns();
            state_.ResumeTiming();
            begin = now();
        }
        seconds += now() - begin;
        take_turns(); // of a benchmark shorter than a turn, the only ones
        seconds /= static_cast<double>(state_.iterations());
        report(seconds, working_set);
        for (auto const& opponent : opponents) report(opponent, seconds);
    }

    void report(double seconds, double working_set)
    {
        double const compute =
            call_.operations / limits_.operations_per_second(call_.precision.arithmetic);
        double const memory = call_.bytes / limits_.bytes_per_second(working_set);
        auto& counters = state_.counters;
        counters["bytes"] = call_.bytes;
        counters["GB/s"] = call_.bytes / seconds * 1e-9;
        if (call_.operations > 0.0) {
            counters["flops"] = call_.operations;
            counters[std::string(call_.precision.rate)] = call_.operations / seconds * 1e-9;
        }
        counters["%limit"] = 100.0 * std::max(compute, memory) / seconds;
        state_.SetLabel((compute > memory ? "compute | " : "memory | ") + command_);
    }

    void report(const kernel_peers::Contestant& opponent, double seconds)
    {
        double const theirs = opponent.mean_seconds();
        std::string const rate = opponent.library() + "_" + std::string(call_.precision.rate);
        state_.counters[rate] = call_.operations / theirs * 1e-9;
        state_.counters[opponent.library() + "/tfm"] = theirs / seconds;
    }

    benchmark::State& state_;
    const Call& call_;
    const MachineLimits& limits_;
    WeightPool& pool_;
    Opponents& opponents_;
    const std::string& command_; ///< that makes this row again
};

} // namespace tfm::bench
