#pragma once

/// \file
/// Finding entries by their hash in a bounded number of steps.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Slots of which at most half are taken: an entry is in the first one, from that of its hash on,
/// that was free. A file may be made so that all of its entries have one place, and each then would
/// be looked for behind all the others; so none may be `most_probes` slots away from its place.
/// With hashes that are not made to collide, of 2^24 entries the furthest is some 90 away.
///
/// `Slot` says with `is_free()` whether it is; made without arguments it is.
template <class Slot>
class HashSlots {
public:
    /// How many slots are looked at for one entry.
    static constexpr std::size_t most_probes = 256;

    /// Prepares for `count` entries.
    explicit HashSlots(std::size_t count)
        : slots_(std::bit_ceil(count * 2 + 2)), shift_(64 - std::countr_zero(slots_.size()))
    {
    }

    /// The slot of the entry with this hash (of which the upper bits count) that `is_same(slot)`
    /// accepts, or the free one where it belongs; null where it has none in reach.
    template <class IsSame>
    [[nodiscard]] const Slot* find(std::uint64_t hash, IsSame&& is_same) const noexcept
    {
        const std::size_t mask = slots_.size() - 1;
        std::size_t place = static_cast<std::size_t>(hash >> shift_);
        for (std::size_t probes = 0; probes < most_probes; ++probes, place = (place + 1) & mask) {
            const Slot& slot = slots_[place];
            if (slot.is_free() || is_same(slot)) return &slot;
        }
        return nullptr;
    }

    /// The same to be filled, where it is free. Fails where there is none in reach, naming
    /// `origin`, the file.
    template <class IsSame>
    [[nodiscard]] Slot& find_or_fail(std::uint64_t hash, const std::string& origin,
                                     IsSame&& is_same)
    {
        const Slot* const slot = find(hash, is_same);
        require(slot != nullptr, [&] {
            return origin + ": expected at most " + std::to_string(most_probes) +
                   " entries whose hashes collide, found more: the file is made to be slow";
        });
        return slots_[static_cast<std::size_t>(slot - slots_.data())];
    }

    /// All slots, free ones too.
    [[nodiscard]] const std::vector<Slot>& all() const noexcept { return slots_; }

private:
    std::vector<Slot> slots_;
    int shift_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
