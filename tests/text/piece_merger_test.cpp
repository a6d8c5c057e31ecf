/// Merging a piece: both ways of doing it against the definition, on rules in random order.

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/text/piece_merger.hpp>

namespace {

using tfm::detail::Merge;
using tfm::detail::MergeTable;
using Tokens = std::vector<std::int32_t>;
using Rules = std::map<std::pair<std::int32_t, std::int32_t>, Merge>;

/// The definition: again and again the leftmost of the pairs with the lowest rank.
Tokens merge_by_definition(const Rules& rules, Tokens tokens)
{
    while (true) {
        std::size_t best = tokens.size();
        Merge merge = tfm::detail::no_merge;
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            const auto rule = rules.find({tokens[i], tokens[i + 1]});
            if (rule != rules.end() && rule->second.rank < merge.rank) {
                best = i;
                merge = rule->second;
            }
        }
        if (best == tokens.size()) return tokens;
        tokens[best] = merge.token;
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
}

/// Rules of random tokens and ranks over four letters; most pairs have one.
Rules random_rules(std::mt19937& random)
{
    Rules rules;
    std::uint32_t rank = 0;
    std::int32_t tokens = 4;
    while (rules.size() < 200) {
        const auto left = static_cast<std::int32_t>(random() % static_cast<unsigned>(tokens));
        const auto right = static_cast<std::int32_t>(random() % static_cast<unsigned>(tokens));
        const std::uint32_t shuffled = (rank++ * 7919U) % 100'003U; // a permutation of the ranks
        if (rules.try_emplace({left, right}, Merge{shuffled, tokens}).second && tokens < 30)
            ++tokens;
    }
    return rules;
}

MergeTable make_table(const Rules& rules)
{
    MergeTable table(rules.size());
    for (const auto& [pair, merge] : rules) EXPECT_TRUE(table.add(pair.first, pair.second, merge));
    return table;
}

TEST(PieceMerger, BothWaysFollowTheDefinition)
{
    std::mt19937 random(5);
    for (int round = 0; round < 300; ++round) {
        const Rules rules = random_rules(random);
        const MergeTable table = make_table(rules);
        Tokens piece(random() % (tfm::detail::longest_scanned_piece + 1));
        for (auto& token : piece) token = static_cast<std::int32_t>(random() % 4);
        const Tokens expected = merge_by_definition(rules, piece);

        Tokens scanned = piece;
        scanned.resize(tfm::detail::merge_by_scanning(table, scanned));
        EXPECT_EQ(scanned, expected);
        Tokens queued = piece;
        queued.resize(tfm::detail::QueueMerger(table, queued).run());
        EXPECT_EQ(queued, expected);
    }
}

TEST(PieceMerger, FollowsTheDefinitionOnLongPieces)
{
    std::mt19937 random(6);
    for (const std::size_t length : {64U, 65U, 66U, 500U, 2000U}) {
        const Rules rules = random_rules(random);
        const MergeTable table = make_table(rules);
        Tokens piece(length);
        for (auto& token : piece) token = static_cast<std::int32_t>(random() % 4);
        const Tokens expected = merge_by_definition(rules, piece);
        piece.resize(tfm::detail::merge_piece(table, piece));
        EXPECT_EQ(piece, expected) << length;
    }
}

TEST(PieceMerger, LeavesShortPiecesAlone)
{
    const MergeTable table = make_table({{{0, 0}, {0, 1}}});
    Tokens none;
    EXPECT_EQ(tfm::detail::merge_piece(table, none), 0U);
    EXPECT_EQ(tfm::detail::QueueMerger(table, none).run(), 0U);
    Tokens one{0};
    EXPECT_EQ(tfm::detail::merge_piece(table, one), 1U);
    EXPECT_EQ(tfm::detail::QueueMerger(table, one).run(), 1U);
    Tokens three{0, 0, 0};
    EXPECT_EQ(tfm::detail::merge_piece(table, three), 2U);
    EXPECT_EQ(three[0], 1);
    EXPECT_EQ(three[1], 0);
}

TEST(MergeTable, RefusesASecondRuleForAPair)
{
    MergeTable table(2);
    EXPECT_TRUE(table.add(1, 2, {0, 3}));
    EXPECT_FALSE(table.add(1, 2, {1, 4}));
    EXPECT_EQ(table.find(1, 2).token, 3);
    EXPECT_EQ(table.find(2, 1).rank, tfm::detail::no_merge.rank);
}

} // namespace
