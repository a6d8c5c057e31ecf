/// \file
/// A child of a process that has run a team goes on.

#include <cstdio>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#if __has_include(<sys/wait.h>)
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <tfm/parallel.hpp>

namespace {

/// Threads of a team that was asked for two, all of which have passed a barrier.
std::size_t team_size()
{
    std::size_t size = 0;
    tfm::parallel(2, [&](tfm::Team team) {
        team.barrier();
        if (team.rank() == 0) size = team.size();
    });
    return size;
}

/// What `body` returned in a child, or the signal that ended it: an alarm's if it hangs.
template <class Body>
int in_child(Body body)
{
    pid_t const child = fork();
    if (child == 0) {
        alarm(20);
        _exit(static_cast<int>(body()));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(Fork, ChildOfAProcessThatRanATeamHasAWholeOne)
{
    auto const whole = static_cast<int>(team_size());
    EXPECT_EQ(in_child(team_size), whole);
    EXPECT_EQ(in_child([] { return in_child(team_size); }), whole) << "a grandchild";
    EXPECT_EQ(in_child([&] {
                  team_size();
                  return in_child(team_size);
              }),
              whole)
        << "a grandchild of a child that ran one";
    EXPECT_EQ(static_cast<int>(team_size()), whole) << "and the parent still has its own";
}

TEST(Fork, ChildEndsAsOtherProcessesDo)
{
    ASSERT_GE(team_size(), 1U);
    EXPECT_EQ(in_child([] {
                  team_size();
                  std::exit(7); // with the destructors of its thread
                  return 0;
              }),
              7);
}

TEST(Fork, NewThreadOfAChildHasAWholeTeam)
{
    std::size_t const whole = team_size();
    EXPECT_EQ(in_child([] {
                  std::size_t size = 0;
                  std::thread([&] { size = team_size(); }).join();
                  return size;
              }),
              static_cast<int>(whole));
}

TEST(Fork, ChildMadeBeforeTheFirstTeamHasAWholeTeam)
{
    std::size_t whole = 0;
    int in_first = 0;
    std::thread([&] { // a thread that has had no team yet
        in_first = in_child(team_size);
        whole = team_size();
    })
        .join();
    EXPECT_EQ(in_first, static_cast<int>(whole));
}

} // namespace
#endif
