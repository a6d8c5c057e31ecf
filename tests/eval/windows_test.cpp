/// \file
/// Windows over a text: which tokens each reads, and that it scores those it should.

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/eval/windows.hpp>

#include "../kernels/error_message.hpp"

namespace {

using tfm::sliding_windows;
using tfm::test::error_message;
using Windows = std::vector<tfm::TextWindow>;

TEST(SlidingWindows, AreThoseOfHuggingFacesGuide)
{
    EXPECT_EQ(sliding_windows(10, 4, 2), (Windows{{0, 1, 4}, {2, 4, 6}, {4, 6, 8}, {6, 8, 10}}));
    EXPECT_EQ(sliding_windows(7, 4, 1), (Windows{{0, 1, 4}, {1, 4, 5}, {2, 5, 6}, {3, 6, 7}}));
    EXPECT_EQ(sliding_windows(9, 4, 3), (Windows{{0, 1, 4}, {3, 4, 7}, {6, 7, 9}}));
    EXPECT_EQ(sliding_windows(5, 8, 4), (Windows{{0, 1, 5}}));
    EXPECT_EQ(sliding_windows(8, 8, 4), (Windows{{0, 1, 8}}));
    EXPECT_EQ(sliding_windows(2, 2, 1), (Windows{{0, 1, 2}}));
}

TEST(SlidingWindows, ThatDoNotOverlapLeaveOutTheirFirstTokens)
{
    EXPECT_EQ(sliding_windows(10, 4, 4), (Windows{{0, 1, 4}, {4, 5, 8}, {8, 9, 10}}));
    EXPECT_EQ(sliding_windows(9, 4, 4), (Windows{{0, 1, 4}, {4, 5, 8}}));
}

TEST(SlidingWindows, AreNoneWhereNothingCanBeForetold)
{
    EXPECT_EQ(sliding_windows(0, 4, 2), Windows{});
    EXPECT_EQ(sliding_windows(1, 4, 2), Windows{});
}

TEST(SlidingWindows, ScoreEveryTokenButTheFirstOnce)
{
    for (std::size_t tokens = 2; tokens < 30; ++tokens) {
        for (std::size_t size = 2; size < 12; ++size) {
            for (std::size_t stride = 1; stride < size; ++stride) {
                std::size_t next = 1;
                for (tfm::TextWindow const& window : sliding_windows(tokens, size, stride)) {
                    EXPECT_EQ(window.begin % stride, 0U);
                    EXPECT_LE(window.end - window.begin, size);
                    EXPECT_LT(window.begin, window.first_scored);
                    EXPECT_LT(window.first_scored, window.end);
                    EXPECT_EQ(window.first_scored, next);
                    next = window.end;
                }
                EXPECT_EQ(next, tokens) << size << " " << stride;
            }
        }
    }
}

TEST(SlidingWindows, SayWhatIsWrong)
{
    auto const message = [](std::size_t size, std::size_t stride) {
        return error_message([&] { sliding_windows(10, size, stride); });
    };
    EXPECT_NE(message(1, 1).find("size: expected at least 2 tokens, found 1"), std::string::npos);
    EXPECT_NE(message(4, 0).find("stride: expected 1 to"), std::string::npos);
    EXPECT_NE(message(4, 5).find("4; found 5"), std::string::npos);
}

} // namespace
