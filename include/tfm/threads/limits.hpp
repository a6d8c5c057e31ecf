#pragma once

/// \file
/// How many threads a pass has by default, and what decided it.

#include <cstddef>
#include <string>
#include <string_view>

#include "../config.hpp"
#include "cgroup_quota.hpp"
#include "openmp.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What limits the default number of threads.
struct ThreadLimits {
    std::size_t openmp;       ///< OpenMP's setting (`OMP_NUM_THREADS`); 1 in a build without OpenMP
    std::size_t affinity;     ///< CPUs that the process may run on (taskset, a cpuset)
    std::size_t cgroup_quota; ///< CPU time that its cgroup may use, rounded up; 0 without a quota

    /// The default number of threads: the least of the limits.
    constexpr std::size_t threads() const noexcept
    {
        return detail::smaller_quota(openmp < affinity ? openmp : affinity, cgroup_quota);
    }

    /// Which of them it is, in words; where several are equal, the one that a user can do least
    /// about.
    constexpr std::string_view decided_by() const noexcept
    {
        std::size_t const least = threads();
#if TFM_HAS_OPENMP
        if (affinity == least) return "CPU affinity";
        return openmp == least ? "OpenMP's setting" : "cgroup's CPU quota";
#else
        static_cast<void>(least);
        return "no OpenMP in this build";
#endif
    }
};

/// The limits of this process. Its cgroup is looked up at the first call.
inline ThreadLimits thread_limits()
{
    static std::size_t const quota = detail::cgroup_cpu_quota();
    return {detail::openmp_threads(), detail::openmp_cpus(), quota};
}

/// Threads that a region may use by default: `thread_limits().threads()`.
inline std::size_t default_threads() noexcept { return thread_limits().threads(); }

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
