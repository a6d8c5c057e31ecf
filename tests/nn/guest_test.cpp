/// \file
/// tfm as a guest in someone's program: several passes at once over one model, and passes inside
/// the caller's own parallel region.

#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/parallel.hpp>

#include "small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

constexpr DecoderShape shape = odd_shape;

TEST(Guest, ConcurrentPassesShareOneModel)
{
    auto const model = random_decoder<shape>(1);
    constexpr std::size_t callers = 4;
    std::vector<std::vector<float>> found(callers);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < callers; ++i) {
        threads.emplace_back([&, i] {
            auto const tokens = random_tokens<shape>(90, static_cast<unsigned>(i));
            found[i] = all_logits<shape>(model, tokens, {.max_rows = 50, .threads = 2});
        });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < callers; ++i) {
        auto const tokens = random_tokens<shape>(90, static_cast<unsigned>(i));
        EXPECT_LT(relative_difference(all_logits<shape>(model, tokens), found[i]), 2e-6);
    }
}

TEST(Guest, InsideACallersRegionOneThreadServes)
{
    auto const model = random_decoder<shape>(1);
    auto const tokens = random_tokens<shape>(90, 7);
    auto const expected = all_logits<shape>(model, tokens);
    constexpr std::size_t callers = 3;
    std::vector<std::vector<float>> found(callers);
    parallel(callers, [&](Team team) {
        found[team.rank()] = all_logits<shape>(model, tokens, {.threads = 4});
        parallel(4,
                 [&](Team inner) { EXPECT_EQ(inner.size(), team.size() > 1 ? 1U : inner.size()); });
    });
    EXPECT_LT(relative_difference(expected, found[0]), 2e-6);
}

TEST(Team, SharesCoverEverythingOnce)
{
    for (std::size_t const size : {1U, 2U, 3U, 16U}) {
        for (std::size_t const count : {0U, 1U, 5U, 16U, 100U}) {
            std::size_t next = 0;
            for (std::size_t rank = 0; rank < size; ++rank) {
                IndexRange const share = Team(rank, size).share(count);
                EXPECT_EQ(share.begin, next);
                next = share.end;
            }
            EXPECT_EQ(next, count);
        }
    }
}

} // namespace
