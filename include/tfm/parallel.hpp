#pragma once

/// \file
/// Threads: one parallel region with a team inside. Without OpenMP the same code runs on one
/// thread.

#include <cstddef>

#include "config.hpp"
#include "threads/helpers.hpp"
#include "threads/limits.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The half-open range [begin, end) of indices.
struct IndexRange {
    std::size_t begin; ///< the first index
    std::size_t end;   ///< one behind the last

    /// Indices in the range.
    constexpr std::size_t size() const noexcept { return end - begin; }
};

/// One thread's part in a parallel region.
class Team {
public:
    /// Thread `rank` of `size`, who meet at the barrier; without one they have shares alone.
    constexpr Team(std::size_t rank, std::size_t size, detail::Barrier* barrier = nullptr) noexcept
        : rank_(rank), size_(size), barrier_(barrier)
    {
    }

    /// This thread's number, 0 to size() - 1.
    constexpr std::size_t rank() const noexcept { return rank_; }
    /// Threads the runtime actually gave.
    constexpr std::size_t size() const noexcept { return size_; }

    /// This thread's contiguous share of `count` items; shares differ by at most one.
    constexpr IndexRange share(std::size_t count) const noexcept
    {
        return {count * rank_ / size_, count * (rank_ + 1) / size_};
    }

    /// Waits until every thread of the team is here; what the threads wrote before is then visible.
    void barrier() const noexcept
    {
        if (size_ > 1) barrier_->wait(rank_, size_);
    }

private:
    std::size_t rank_;
    std::size_t size_;
    detail::Barrier* barrier_;
};

/// Runs `body(Team)` on up to `threads` threads and waits for all of them.
///
/// The threads are the calling thread's own and wait for its next region; they are bound to CPUs as
/// OpenMP's are (`OMP_PROC_BIND`). The team is smaller where the system has no more threads or
/// `OMP_THREAD_LIMIT` says so. Inside a caller's own parallel region it is one thread, because the
/// caller has the cores in use. A child of fork() has threads of its own.
/// \pre `body` does not throw: no exception may leave a parallel region.
template <class Body>
void parallel(std::size_t threads, Body&& body) noexcept
{
#if TFM_HAS_THREADS
    if (threads > 1 && detail::may_run_team()) {
        detail::run_team(threads,
                         [&](std::size_t rank, std::size_t size, detail::Barrier& barrier) {
                             body(Team(rank, size, &barrier));
                         });
        return;
    }
#else
    static_cast<void>(threads);
#endif
    body(Team(0, 1));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
