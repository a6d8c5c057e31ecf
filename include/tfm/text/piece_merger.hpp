#pragma once

/// \file
/// Byte-pair encoding of one piece: the merge rules applied in order of rank.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../config.hpp"
#include "merge_table.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Pieces up to this many bytes are merged by rescanning, which is quadratic but has no overhead.
inline constexpr std::size_t longest_scanned_piece = 64;

/// Merges `tokens` (at most `longest_scanned_piece`) in place and returns how many are left. Of
/// pairs with the lowest rank the leftmost is merged first, then ranks are looked at anew.
[[nodiscard]] inline std::size_t merge_by_scanning(const MergeTable& table,
                                                   std::span<std::int32_t> tokens)
{
    std::size_t count = tokens.size();
    std::array<Merge, longest_scanned_piece> merges; // of each token with the next
    for (std::size_t i = 0; i + 1 < count; ++i) merges[i] = table.find(tokens[i], tokens[i + 1]);
    while (count > 1) {
        std::size_t best = 0;
        for (std::size_t i = 1; i + 1 < count; ++i)
            if (merges[i].rank < merges[best].rank) best = i;
        if (merges[best].rank == no_merge.rank) break;

        tokens[best] = merges[best].token;
        --count;
        for (std::size_t i = best + 1; i < count; ++i) tokens[i] = tokens[i + 1];
        for (std::size_t i = best + 1; i + 1 < count; ++i) merges[i] = merges[i + 1];
        if (best > 0) merges[best - 1] = table.find(tokens[best - 1], tokens[best]);
        if (best + 1 < count) merges[best] = table.find(tokens[best], tokens[best + 1]);
    }
    return count;
}

/// The same for a piece of any length below 2^32 - 1, in O(n log n): a linked list of tokens, and a
/// queue of the possible merges by rank, then position. An entry whose pair has changed is skipped.
class QueueMerger {
public:
    /// Both arguments must outlive the object.
    QueueMerger(const MergeTable& table, std::span<std::int32_t> tokens)
        : table_(table), tokens_(tokens), nodes_(tokens.size())
    {
        queue_.reserve(nodes_.size());
        for (std::uint32_t i = 0; i < size(); ++i) {
            // The first has no previous: 2^32 - 1 is no position.
            nodes_[i] = {tokens_[i], i + 1, i - 1, no_merge};
            if (i + 1 < size()) nodes_[i].merge = table_.find(tokens_[i], tokens_[i + 1]);
            if (nodes_[i].merge.rank != no_merge.rank) queue_.push_back(entry(i));
        }
        std::make_heap(queue_.begin(), queue_.end(), Later());
    }

    /// Merges in place and returns how many tokens are left.
    [[nodiscard]] std::size_t run()
    {
        while (!queue_.empty()) {
            const Entry top = queue_.front();
            std::pop_heap(queue_.begin(), queue_.end(), Later());
            queue_.pop_back();
            const auto position = static_cast<std::uint32_t>(top);
            if (nodes_[position].merge.rank == top >> 32) merge_at(position);
        }
        std::size_t count = 0;
        for (std::uint32_t i = 0; i < size(); i = nodes_[i].next)
            tokens_[count++] = nodes_[i].token;
        return count;
    }

private:
    using Entry = std::uint64_t; // rank in the upper half, position in the lower

    struct Later {
        bool operator()(Entry a, Entry b) const { return a > b; }
    };

    struct Node {
        std::int32_t token;
        std::uint32_t next;
        std::uint32_t previous;
        Merge merge; // with the next
    };

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

    [[nodiscard]] Entry entry(std::uint32_t i) const
    {
        return static_cast<Entry>(nodes_[i].merge.rank) << 32 | i;
    }

    void merge_at(std::uint32_t position)
    {
        Node& node = nodes_[position];
        Node& gone = nodes_[node.next];
        node.token = node.merge.token;
        gone.merge = no_merge;
        node.next = gone.next;
        if (node.next < size()) nodes_[node.next].previous = position;
        update(position);
        if (node.previous < size()) update(node.previous);
    }

    /// Looks up anew what the token at `position` and the next become.
    void update(std::uint32_t position)
    {
        Node& node = nodes_[position];
        node.merge =
            node.next < size() ? table_.find(node.token, nodes_[node.next].token) : no_merge;
        if (node.merge.rank == no_merge.rank) return;
        queue_.push_back(entry(position));
        std::push_heap(queue_.begin(), queue_.end(), Later());
    }

    const MergeTable& table_;
    std::span<std::int32_t> tokens_;
    std::vector<Node> nodes_;
    std::vector<Entry> queue_; // a heap, the first merge at its front
};

/// Applies the merge rules to a piece, given as one token per byte, and returns how many tokens are
/// left at the front of `tokens`.
[[nodiscard]] inline std::size_t merge_piece(const MergeTable& table,
                                             std::span<std::int32_t> tokens)
{
    if (tokens.size() <= longest_scanned_piece) return merge_by_scanning(table, tokens);
    return QueueMerger(table, tokens).run();
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
