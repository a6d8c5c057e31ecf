/// \file
/// Threads meet at a barrier, awake or asleep, and what they wrote before is then visible: the
/// thread sanitizer watches the plain memory that the barrier alone keeps apart.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/threads/barrier.hpp>
#include <tfm/threads/signal.hpp>
#include <tfm/threads/wait_policy.hpp>

namespace {

using tfm::detail::Barrier;
using tfm::detail::Signal;

/// Threads add their neighbours' numbers to their own, round by round, and end with the binomial
/// sums that one thread computes.
std::vector<std::uint64_t> sums_of_neighbours(std::size_t threads, std::size_t rounds, long spin_ns)
{
    Barrier barrier(threads, spin_ns);
    std::vector<std::uint64_t> now(threads);
    std::vector<std::uint64_t> next(threads);
    for (std::size_t i = 0; i < threads; ++i) now[i] = i + 1;
    auto const work = [&](std::size_t rank) {
        for (std::size_t round = 0; round < rounds; ++round) {
            next[rank] = now[rank] + now[(rank + 1) % threads];
            barrier.wait(rank, threads);
            now[rank] = next[rank];
            barrier.wait(rank, threads);
        }
    };
    std::vector<std::thread> others;
    for (std::size_t rank = 1; rank < threads; ++rank) others.emplace_back(work, rank);
    work(0);
    for (auto& thread : others) thread.join();
    return now;
}

std::vector<std::uint64_t> same_by_one_thread(std::size_t threads, std::size_t rounds)
{
    std::vector<std::uint64_t> now(threads);
    for (std::size_t i = 0; i < threads; ++i) now[i] = i + 1;
    for (std::size_t round = 0; round < rounds; ++round) {
        auto const old = now;
        for (std::size_t i = 0; i < threads; ++i) now[i] = old[i] + old[(i + 1) % threads];
    }
    return now;
}

TEST(Barrier, KeepsRoundsApart)
{
    constexpr std::size_t rounds = 400;
    // The second is so short that some waits end awake and some asleep.
    for (long const spin_ns : {tfm::detail::usual_spin_ns, 3'000L, 0L}) {
        for (std::size_t const threads : {1U, 2U, 3U, 7U}) {
            EXPECT_EQ(sums_of_neighbours(threads, rounds, spin_ns),
                      same_by_one_thread(threads, rounds))
                << threads << " threads, " << spin_ns << " ns";
        }
    }
}

TEST(Barrier, WhoOnlyArrivesIsNotHeldUp)
{
    Barrier barrier(2, 0);
    int result = 7;
    EXPECT_FALSE(barrier.arrive(1, 2)) << "returns before the other is here";
    std::thread other([&] {
        barrier.wait(0, 2); // as the last, and so at once
        ++result;
    });
    other.join();
    EXPECT_EQ(result, 8);
    EXPECT_FALSE(barrier.arrive(0, 2)) << "the next round begins with nobody";
    EXPECT_TRUE(barrier.arrive(1, 2));
}

TEST(Signal, WakesWhoSleepsAndWhoWatches)
{
    for (long const spin_ns : {0L, 1'000'000L}) {
        Signal there;
        Signal back;
        std::uint32_t ball = 0;
        constexpr std::uint32_t rounds = 500;
        std::thread other([&] {
            for (std::uint32_t i = 0; i < rounds; ++i) {
                there.wait_while(i, spin_ns);
                ++ball;
                back.set(i + 1);
            }
        });
        for (std::uint32_t i = 0; i < rounds; ++i) {
            ++ball;
            there.set(i + 1);
            back.wait_while(i, spin_ns);
        }
        other.join();
        EXPECT_EQ(ball, 2 * rounds);
    }
}

TEST(WaitPolicy, IsOpenMPs)
{
    using tfm::detail::spin_ns_named;
    for (const char* const name : {"passive", "PASSIVE", "Passive"})
        EXPECT_EQ(spin_ns_named(name), 0) << name;
    for (const char* const name : {"active", "ACTIVE"})
        EXPECT_EQ(spin_ns_named(name), std::numeric_limits<long>::max()) << name;
    for (const char* const name : {"", "passively", "0"})
        EXPECT_EQ(spin_ns_named(name), tfm::detail::usual_spin_ns) << name;
}

} // namespace
