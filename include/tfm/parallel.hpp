#pragma once

/// \file
/// Threads: one parallel region with a team inside. This is the only file that names OpenMP;
/// without OpenMP the same code runs on one thread.

#include <cstddef>

#include "config.hpp"

#if TFM_HAS_OPENMP
#include <omp.h>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#endif

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
    /// Thread `rank` of `size`.
    constexpr Team(std::size_t rank, std::size_t size) noexcept : rank_(rank), size_(size) {}

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
#if TFM_HAS_OPENMP
        if (size_ > 1) {
#pragma omp barrier
        }
#endif
    }

private:
    std::size_t rank_;
    std::size_t size_;
};

/// Threads a region may use by default: OpenMP's own setting (`OMP_NUM_THREADS`, CPU affinity).
inline std::size_t default_threads() noexcept
{
#if TFM_HAS_OPENMP
    return static_cast<std::size_t>(omp_get_max_threads());
#else
    return 1;
#endif
}

#if TFM_HAS_OPENMP
namespace detail {

/// Whether the calling thread may start a team. GCC's OpenMP keeps a thread's helpers for its next
/// region; in a child made by fork() they do not exist, and the region would wait for them forever.
inline bool has_team() noexcept
{
#if __has_include(<unistd.h>) && !defined(__clang__)
    thread_local ::pid_t process = 0; // in which this thread first had a team
    if (process == 0) process = ::getpid();
    return process == ::getpid();
#else
    return true;
#endif
}

} // namespace detail
#endif

/// Runs `body(Team)` on up to `threads` threads and waits for all of them.
///
/// The team has the size the runtime gave, which may be smaller. Inside a caller's own parallel
/// region the team is one thread, because the caller has the cores in use; so it is in a child of
/// fork(), on the thread that forked after it had had a team.
/// \pre `body` does not throw: no exception may leave a parallel region.
template <class Body>
void parallel(std::size_t threads, Body&& body) noexcept
{
#if TFM_HAS_OPENMP
    if (threads > 1 && omp_in_parallel() == 0 && detail::has_team()) {
        int const requested = static_cast<int>(threads);
#pragma omp parallel num_threads(requested)
        body(Team(static_cast<std::size_t>(omp_get_thread_num()),
                  static_cast<std::size_t>(omp_get_num_threads())));
        return;
    }
#else
    static_cast<void>(threads);
#endif
    body(Team(0, 1));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
