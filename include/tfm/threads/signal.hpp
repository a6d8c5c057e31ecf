#pragma once

/// \file
/// `Signal`: a number that one thread sets and others wait for, first awake and then asleep.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "../config.hpp"
#include "pause.hpp"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Bytes that two threads should not both write to.
inline constexpr std::size_t cache_line = 64;

/// A number on a cache line of its own. What its setter wrote before is visible to who has seen it.
class alignas(cache_line) Signal {
public:
    /// The number as it is.
    std::uint32_t value() const noexcept { return value_.load(std::memory_order_acquire); }

    /// Sets the number and wakes who sleeps until it changes.
    void set(std::uint32_t value) noexcept
    {
        // Both orders are sequential: a waiter says that it will sleep and then looks at the
        // number.
        value_.store(value, std::memory_order_seq_cst);
        if (sleepers_.load(std::memory_order_seq_cst) != 0) wake_all();
    }

    /// Returns when the number is no longer `old`: watches it for `spin_ns`, then sleeps.
    void wait_while(std::uint32_t old, long spin_ns) noexcept
    {
        if (spin_ns > 0 && changes_within(old, spin_ns)) return;
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        while (value_.load(std::memory_order_seq_cst) == old) sleep_while(old);
        sleepers_.fetch_sub(1, std::memory_order_relaxed);
    }

private:
    /// Looks at the number between two looks at the clock.
    static constexpr int looks = 32;

    bool changes_within(std::uint32_t old, long spin_ns) const noexcept
    {
        std::int64_t const begin = now_ns();
        do {
            for (int i = 0; i < looks; ++i) {
                if (value() != old) return true;
                pause_core();
            }
        } while (now_ns() - begin < spin_ns);
        return false;
    }

    static std::int64_t now_ns() noexcept
    {
        std::timespec time{};
#if defined(CLOCK_MONOTONIC)
        clock_gettime(CLOCK_MONOTONIC, &time);
#else
        std::timespec_get(&time, TIME_UTC);
#endif
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }

#if defined(__linux__) && defined(SYS_futex)
    // Not std::atomic's wait: libstdc++ calls sched_yield before it sleeps, and to a thread that
    // has yielded Linux does not give its core back when it is woken. With a busy process on each
    // core that made a barrier five times as slow.
    static constexpr int futex_wait = 128; // FUTEX_WAIT_PRIVATE
    static constexpr int futex_wake = 129; // FUTEX_WAKE_PRIVATE

    void sleep_while(std::uint32_t old) noexcept
    {
        syscall(SYS_futex, &value_, futex_wait, old, nullptr);
    }
    void wake_all() noexcept { syscall(SYS_futex, &value_, futex_wake, 0x7FFFFFFF); }
#else
    void sleep_while(std::uint32_t old) noexcept { value_.wait(old, std::memory_order_acquire); }
    void wake_all() noexcept { value_.notify_all(); }
#endif

    std::atomic<std::uint32_t> value_{0};
    std::atomic<std::uint32_t> sleepers_{0};
};

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t),
              "tfm: the system waits on the bytes of an atomic number");

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
