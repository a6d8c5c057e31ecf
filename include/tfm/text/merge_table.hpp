#pragma once

/// \file
/// The merge rules of byte-pair encoding.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "../config.hpp"
#include "hash_slots.hpp"

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
    /// Prepares for `count` rules, fewer than 2^32 - 1, of the file `origin`.
    explicit MergeTable(std::size_t count = 0, std::string origin = "the merges")
        : slots_(count), origin_(std::move(origin))
    {
    }

    /// Adds a rule, unless there is one for the pair: then returns false. Fails where the hashes of
    /// too many collide.
    bool add(std::int32_t left, std::int32_t right, Merge merge)
    {
        TFM_ASSERT(2 * (size_ + 1) <= slots_.all().size(), "more merges than announced");
        Slot& slot = slots_.find_or_fail(hash_of(left, right), origin_, IsSame{left, right});
        if (!slot.is_free()) return false;
        slot = {left, right, merge};
        ++size_;
        return true;
    }

    /// The rule for two tokens, or `no_merge`.
    [[nodiscard]] Merge find(std::int32_t left, std::int32_t right) const noexcept
    {
        const Slot* const slot = slots_.find(hash_of(left, right), IsSame{left, right});
        return slot == nullptr ? no_merge : slot->merge;
    }

    /// `visit(left, right)` for the pair of each rule.
    template <class Visit>
    void visit_pairs(Visit&& visit) const
    {
        for (const Slot& slot : slots_.all())
            if (!slot.is_free()) visit(slot.left, slot.right);
    }

private:
    struct Slot {
        std::int32_t left = -1;
        std::int32_t right = -1;
        Merge merge = no_merge;

        [[nodiscard]] bool is_free() const noexcept { return left < 0; }
    };

    /// Whether a slot's rule is that of two tokens.
    struct IsSame {
        std::int32_t left;
        std::int32_t right;

        bool operator()(const Slot& slot) const noexcept
        {
            return slot.left == left && slot.right == right;
        }
    };

    [[nodiscard]] static std::uint64_t hash_of(std::int32_t left, std::int32_t right) noexcept
    {
        const std::uint64_t key = static_cast<std::uint64_t>(static_cast<std::uint32_t>(left))
                                      << 32 |
                                  static_cast<std::uint32_t>(right);
        return (key ^ key >> 29) * 0x9E3779B97F4A7C15;
    }

    HashSlots<Slot> slots_;
    std::size_t size_ = 0;
    std::string origin_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
