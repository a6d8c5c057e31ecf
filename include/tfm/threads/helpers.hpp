#pragma once

/// \file
/// `Helpers`: the threads that a calling thread keeps for its regions.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../function_ref.hpp"
#include "barrier.hpp"
#include "openmp.hpp"
#include "signal.hpp"

#if TFM_HAS_OPENMP && __has_include(<pthread.h>)
/// Whether a region can have more than one thread.
#define TFM_HAS_THREADS 1
#else
#define TFM_HAS_THREADS 0
#endif

#if TFM_HAS_THREADS
#include <pthread.h>
#include <unistd.h>
#endif

#if TFM_HAS_THREADS
namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Whether the calling thread is in a team, whose other threads have the cores in use.
inline constinit thread_local bool is_in_team = false;
/// Whether the calling thread has given its helpers up, because it ends.
inline constinit thread_local bool has_no_helpers = false;

/// Threads that wait for the regions of one calling thread, rank 0 of each of its teams.
class Helpers {
public:
    /// What each thread of a team of `size` does; it may wait for the others at the barrier.
    using Job = FunctionRef<void(std::size_t rank, std::size_t size, Barrier& barrier)>;

    /// For teams of up to `threads`, or of as many as the system has threads for. Each is bound to
    /// the CPUs that `bindings` has for its rank, or to the caller's.
    Helpers(std::size_t threads, std::vector<CpuSet> bindings)
        : capacity_(threads), bindings_(std::move(bindings)), barrier_(threads),
          helpers_(std::make_unique<Helper[]>(threads))
    {
        while (threads_ < threads && start(threads_)) ++threads_;
    }

    Helpers(const Helpers&) = delete;
    Helpers& operator=(const Helpers&) = delete;

    ~Helpers()
    {
        job_ = nullptr;
        for (std::size_t rank = 1; rank < threads_; ++rank) call(rank);
        for (std::size_t rank = 1; rank < threads_; ++rank)
            pthread_join(helpers_[rank].thread, nullptr);
    }

    /// Threads that were asked for.
    std::size_t capacity() const noexcept { return capacity_; }
    /// Where they are bound.
    const std::vector<CpuSet>& bindings() const noexcept { return bindings_; }
    /// Whether the threads exist: they do not in a child of fork().
    bool are_here() const noexcept { return process_ == ::getpid(); }

    /// Runs the job on up to `threads` threads, the caller among them, and waits for all.
    void run(std::size_t threads, Job job) noexcept
    {
        job_ = job;
        size_ = threads < threads_ ? threads : threads_;
        for (std::size_t rank = 1; rank < size_; ++rank) call(rank);
        take_part(0);
        is_in_team = false;
        barrier_.wait(0, size_);
    }

private:
    struct Helper {
        Signal calls; ///< regions that this helper was called to
        Helpers* all = nullptr;
        std::size_t rank = 0;
        pthread_t thread{};
    };

    bool start(std::size_t rank) noexcept
    {
        Helper& helper = helpers_[rank];
        helper.all = this;
        helper.rank = rank;
        auto const enter = [](void* self) -> void* {
            auto& own = *static_cast<Helper*>(self);
            own.all->serve(own);
            return nullptr;
        };
        return pthread_create(&helper.thread, nullptr, enter, &helper) == 0;
    }

    void call(std::size_t rank) noexcept
    {
        helpers_[rank].calls.set(helpers_[rank].calls.value() + 1);
    }

    void take_part(std::size_t rank) noexcept
    {
        is_in_team = true;
        job_(rank, size_, barrier_);
    }

    void serve(Helper& helper) noexcept
    {
        std::size_t const rank = helper.rank;
        if (rank < bindings_.size()) bind_this_thread(bindings_[rank]);
        long spin_ns = 0;
        for (std::uint32_t calls = 0;; ++calls) {
            helper.calls.wait_while(calls, spin_ns);
            if (!job_) return;
            take_part(rank);
            std::size_t const size = size_; // the caller's next team may have another
            spin_ns = barrier_.spin_ns(rank, size);
            barrier_.arrive(rank, size);
        }
    }

    std::size_t capacity_;
    std::size_t threads_ = 1; ///< with the caller
    std::vector<CpuSet> bindings_;
    pid_t process_ = ::getpid();
    Barrier barrier_;
    std::unique_ptr<Helper[]> helpers_;
    Job job_;
    std::size_t size_ = 1;
};

/// The helpers of the calling thread, from its first region to its end.
class OwnHelpers {
public:
    OwnHelpers() = default;
    OwnHelpers(const OwnHelpers&) = delete;
    OwnHelpers& operator=(const OwnHelpers&) = delete;

    ~OwnHelpers()
    {
        has_no_helpers = true;
        if (helpers_ && !helpers_->are_here()) static_cast<void>(helpers_.release());
    }

    /// Enough for a team of this size.
    Helpers& for_team(std::size_t threads)
    {
        // The threads are the parent's, and there is nobody to be joined.
        if (helpers_ && !helpers_->are_here()) before_fork_ = helpers_.release();
        if (!helpers_ || helpers_->capacity() < threads) {
            // OpenMP's threads do not answer in a child either.
            auto bindings =
                before_fork_ == nullptr ? openmp_bindings(threads) : before_fork_->bindings();
            helpers_ = std::make_unique<Helpers>(threads, std::move(bindings));
        }
        return *helpers_;
    }

private:
    std::unique_ptr<Helpers> helpers_;
    Helpers* before_fork_ = nullptr; ///< kept where leak detectors see it
};

/// Whether the calling thread can have a team.
inline bool may_run_team() noexcept
{
    return !is_in_team && !has_no_helpers && !in_openmp_region();
}

/// Runs the job on up to `threads` threads, and waits for all of them.
/// \pre `may_run_team()`.
inline void run_team(std::size_t threads, Helpers::Job job)
{
    thread_local OwnHelpers own;
    std::size_t const limit = openmp_thread_limit();
    std::size_t const allowed = threads < limit ? threads : limit;
    own.for_team(allowed).run(allowed, job);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#endif
