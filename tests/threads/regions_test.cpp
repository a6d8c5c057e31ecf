/// \file
/// Regions: who takes part, where, and what OpenMP's settings change. A setting is read once in a
/// process, so those tests run this program again.

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/parallel.hpp>

#if TFM_HAS_THREADS
#include <omp.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

namespace {

using namespace tfm;

/// Threads of a team that was asked for, each of which was there once and has passed a barrier.
std::size_t team_size(std::size_t threads)
{
    std::vector<int> visits(threads, 0);
    std::size_t size = 0;
    parallel(threads, [&](Team team) {
        ++visits[team.rank()];
        team.barrier();
        if (team.rank() == 0) size = team.size();
    });
    for (std::size_t i = 0; i < threads; ++i) EXPECT_EQ(visits[i], i < size ? 1 : 0);
    return size;
}

#if TFM_HAS_THREADS

TEST(Regions, HaveTheThreadsAskedFor)
{
    for (std::size_t const threads : {1U, 2U, 5U, 3U, 5U, 9U, 2U})
        EXPECT_EQ(team_size(threads), threads);
}

TEST(Regions, FollowEachOtherAtOnce)
{
    constexpr std::size_t regions = 3000;
    std::array<std::size_t, 4> sums{};
    for (std::size_t i = 0; i < regions; ++i) {
        std::size_t const threads = 2 + i % 3;
        parallel(threads, [&](Team team) { sums[team.rank()] += i; });
    }
    EXPECT_EQ(sums[0], regions * (regions - 1) / 2);
    EXPECT_EQ(sums[1], sums[0]);
    EXPECT_EQ(sums[2], sums[0] - regions / 3 * (regions - 3) / 2) << "not in teams of two";
}

TEST(Regions, OfSeveralCallersRunAtOnce)
{
    std::atomic<std::size_t> sum{0};
    std::vector<std::thread> callers;
    for (std::size_t c = 0; c < 4; ++c) {
        callers.emplace_back([&] {
            for (int i = 0; i < 100; ++i) sum += team_size(3);
        });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(sum, 4U * 100 * 3);
}

TEST(Regions, InsideARegionOneThreadServes)
{
    std::array<std::size_t, 3> inner{};
    parallel(3, [&](Team team) { inner[team.rank()] = team_size(2); });
    EXPECT_EQ(inner, (std::array<std::size_t, 3>{1, 1, 1}));
    EXPECT_EQ(team_size(2), 2U) << "afterwards all are there again";

    std::array<std::size_t, 2> in_openmp{};
#pragma omp parallel num_threads(2)
    in_openmp[static_cast<std::size_t>(omp_get_thread_num())] = team_size(2);
    EXPECT_EQ(in_openmp[0], omp_get_thread_limit() > 1 ? 1U : 2U);
}

#if defined(__linux__)

/// Whether the disabled test `name` of this program passes in a process with these settings.
bool passes_with(const std::string& settings, const std::string& name)
{
    std::string const program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::string const command = "exec env " + settings + " '" + program +
                                "' --gtest_brief=1 --gtest_also_run_disabled_tests"
                                " --gtest_filter=" +
                                name;
    return std::system(command.c_str()) == 0;
}

TEST(Settings, DISABLED_ThreadsAreWhereOpenMPs)
{
    constexpr std::size_t threads = 2;
    std::array<cpu_set_t, threads> own{};
    std::array<cpu_set_t, threads> openmp{};
    parallel(threads,
             [&](Team team) { sched_getaffinity(0, sizeof(cpu_set_t), &own[team.rank()]); });
#pragma omp parallel num_threads(2)
    sched_getaffinity(0, sizeof(cpu_set_t),
                      &openmp[static_cast<std::size_t>(omp_get_thread_num())]);
    for (std::size_t i = 0; i < threads; ++i) {
        EXPECT_TRUE(CPU_EQUAL(&own[i], &openmp[i])) << "thread " << i;
        EXPECT_EQ(CPU_COUNT(&own[i]), 1);
    }
}

TEST(Settings, Bind)
{
    EXPECT_TRUE(passes_with("OMP_PROC_BIND=close OMP_PLACES=threads",
                            "Settings.DISABLED_ThreadsAreWhereOpenMPs"));
    EXPECT_TRUE(passes_with("OMP_PROC_BIND=spread OMP_PLACES=threads",
                            "Settings.DISABLED_ThreadsAreWhereOpenMPs"));
}

TEST(Settings, DISABLED_OneThreadServes) { EXPECT_EQ(team_size(2), 1U); }

TEST(Settings, Limit)
{
    EXPECT_TRUE(passes_with("OMP_THREAD_LIMIT=1", "Settings.DISABLED_OneThreadServes"));
}

TEST(Settings, DISABLED_ThreadsMeet)
{
    for (int i = 0; i < 200; ++i) EXPECT_EQ(team_size(2), 2U);
}

TEST(Settings, WaitPolicy)
{
    for (const char* const policy : {"active", "passive"})
        EXPECT_TRUE(
            passes_with("OMP_WAIT_POLICY=" + std::string(policy), "Settings.DISABLED_ThreadsMeet"));
    EXPECT_TRUE(passes_with("-u OMP_WAIT_POLICY", "Settings.DISABLED_ThreadsMeet"));
}

#endif

#else

TEST(Regions, AreOfOneThread) { EXPECT_EQ(team_size(4), 1U); }

#endif

} // namespace
