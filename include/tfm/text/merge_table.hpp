#pragma once

/// \file
/// The merge rules of byte-pair encoding.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What two adjacent tokens become. A lower rank goes first; `no_merge` ranks last.
struct Merge {
    std::uint32_t rank;
    std::int32_t token;
};

inline constexpr Merge no_merge{std::numeric_limits<std::uint32_t>::max(), -1};

/// The merge rules, found by their two tokens.
class MergeTable {
public:
    /// Prepares for `count` rules, fewer than 2^32 - 1.
    explicit MergeTable(std::size_t count = 0)
        : slots_(std::bit_ceil(count * 2 + 2), Slot{-1, -1, no_merge}),
          shift_(64 - std::countr_zero(slots_.size()))
    {
    }

    /// Adds a rule, unless there is one for the pair: then returns false.
    bool add(std::int32_t left, std::int32_t right, Merge merge)
    {
        TFM_ASSERT(2 * (size_ + 1) <= slots_.size(), "more merges than announced");
        Slot& slot = slots_[slot_of(left, right)];
        if (slot.left >= 0) return false;
        slot = {left, right, merge};
        ++size_;
        return true;
    }

    /// The rule for two tokens, or `no_merge`.
    [[nodiscard]] Merge find(std::int32_t left, std::int32_t right) const noexcept
    {
        return slots_[slot_of(left, right)].merge;
    }

private:
    struct Slot {
        std::int32_t left;
        std::int32_t right;
        Merge merge;
    };

    [[nodiscard]] std::size_t slot_of(std::int32_t left, std::int32_t right) const noexcept
    {
        const std::uint64_t key = static_cast<std::uint64_t>(static_cast<std::uint32_t>(left))
                                      << 32 |
                                  static_cast<std::uint32_t>(right);
        const std::uint64_t hash = (key ^ key >> 29) * 0x9E3779B97F4A7C15;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = static_cast<std::size_t>(hash >> shift_);; ++i) {
            const Slot& slot = slots_[i & mask];
            if (slot.left < 0 || (slot.left == left && slot.right == right)) return i & mask;
        }
    }

    std::vector<Slot> slots_;
    int shift_;
    std::size_t size_ = 0;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
