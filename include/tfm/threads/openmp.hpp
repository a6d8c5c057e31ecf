#pragma once

/// \file
/// What OpenMP says about threads. This is the only file that names OpenMP; the threads of a team
/// are tfm's own, because those of OpenMP spin between regions for as long as OpenMP likes.

#include <cstddef>
#include <vector>

#include "../config.hpp"

#if TFM_HAS_OPENMP
#include <omp.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A number of OpenMP's, which are at least 1.
constexpr std::size_t openmp_count(int number) noexcept
{
    return number > 1 ? static_cast<std::size_t>(number) : 1;
}

/// Threads for a region of OpenMP's: `OMP_NUM_THREADS`, a host's `omp_set_num_threads`, or else one
/// for each CPU. 1 in a build without OpenMP.
inline std::size_t openmp_threads() noexcept
{
#if TFM_HAS_OPENMP
    return openmp_count(omp_get_max_threads());
#else
    return 1;
#endif
}

/// CPUs that this process may run on, as OpenMP found them before it bound the first thread to one
/// of them.
inline std::size_t openmp_cpus() noexcept
{
#if TFM_HAS_OPENMP
    return openmp_count(omp_get_num_procs());
#else
    return 1;
#endif
}

/// The most threads that a team may have: `OMP_THREAD_LIMIT`.
inline std::size_t openmp_thread_limit() noexcept
{
#if TFM_HAS_OPENMP
    return openmp_count(omp_get_thread_limit());
#else
    return 1;
#endif
}

/// Whether the caller is inside a region of its own, whose threads have the cores in use.
inline bool in_openmp_region() noexcept
{
#if TFM_HAS_OPENMP
    return omp_in_parallel() != 0;
#else
    return false;
#endif
}

#if TFM_HAS_OPENMP && defined(__linux__)

/// CPUs that a thread is bound to.
using CpuSet = cpu_set_t;

/// Where OpenMP binds each thread of a region of this size, by rank: asked of such a region, since
/// only the runtime knows what `OMP_PROC_BIND` and `OMP_PLACES` come to. Empty where it binds none.
inline std::vector<CpuSet> openmp_bindings(std::size_t threads)
{
    if (omp_get_proc_bind() == omp_proc_bind_false) return {};
    std::vector<CpuSet> bindings(threads);
    std::size_t found = 0;
#pragma omp parallel num_threads(static_cast <int>(threads))
    {
        auto const rank = static_cast<std::size_t>(omp_get_thread_num());
        sched_getaffinity(0, sizeof(CpuSet), &bindings[rank]);
        if (rank == 0) found = static_cast<std::size_t>(omp_get_num_threads());
    }
    bindings.resize(found);
    return bindings;
}

/// Binds the calling thread.
inline void bind_this_thread(const CpuSet& cpus) noexcept
{
    static_cast<void>(sched_setaffinity(0, sizeof(CpuSet), &cpus));
}

#else

struct CpuSet {};
inline std::vector<CpuSet> openmp_bindings(std::size_t) { return {}; }
inline void bind_this_thread(const CpuSet&) noexcept {}

#endif

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
