#pragma once

/// \file
/// `Barrier`: where the threads of a team meet.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../config.hpp"
#include "signal.hpp"
#include "wait_policy.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A barrier that shares its cores with others. A thread watches for the last one for a short time
/// and then sleeps; it sleeps at once where another of the team was last seen on its own core, and
/// may be waiting for nothing but that core.
// Threads that write to one line are in each other's way.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class Barrier {
public:
    /// For teams of up to `threads`.
    explicit Barrier(std::size_t threads, long spin_ns = spin_ns_of_process())
        : spin_ns_(spin_ns), cores_(std::make_unique<Core[]>(threads))
    {
    }

    /// Waits until all `size` threads of the team are here. What they wrote before is then visible.
    void wait(std::size_t rank, std::size_t size) noexcept
    {
        std::uint32_t const round = round_.value(); // the next begins when this thread is here
        if (!arrive(rank, size)) round_.wait_while(round, spin_ns(rank, size));
    }

    /// Lets this thread count as one that is here, and waits for nobody. Whether it was the last.
    bool arrive(std::size_t rank, std::size_t size) noexcept
    {
        bool const is_last = arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size;
        if (is_last) {
            arrived_.store(0, std::memory_order_relaxed);
            round_.set(round_.value() + 1);
        }
        note_core(rank); // when nobody waits for it any more
        return is_last;
    }

    /// For how long the thread should watch for what others of the team are to do.
    long spin_ns(std::size_t rank, std::size_t size) const noexcept
    {
        return shares_core(rank, size) ? 0 : spin_ns_;
    }

private:
    /// Where a thread was when it last came.
    struct alignas(cache_line) Core {
        std::atomic<int> number{-1};
    };

    static int this_core() noexcept
    {
#if defined(__linux__)
        return sched_getcpu();
#else
        return -1;
#endif
    }

    /// Writes only what has changed, so that the lines stay in every core's cache.
    void note_core(std::size_t rank) noexcept
    {
        auto& core = cores_[rank].number;
        int const number = this_core();
        if (core.load(std::memory_order_relaxed) != number)
            core.store(number, std::memory_order_relaxed);
    }

    bool shares_core(std::size_t rank, std::size_t size) const noexcept
    {
        int const own = cores_[rank].number.load(std::memory_order_relaxed);
        if (own < 0) return false;
        for (std::size_t i = 0; i < size; ++i) {
            if (i != rank && cores_[i].number.load(std::memory_order_relaxed) == own) return true;
        }
        return false;
    }

    long spin_ns_;
    std::unique_ptr<Core[]> cores_;
    alignas(cache_line) std::atomic<std::size_t> arrived_{0};
    Signal round_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
