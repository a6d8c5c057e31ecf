#pragma once

/// \file
/// A vocabulary in memory: the bytes of each token by id, and the id by bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "hash_slots.hpp"
#include "limits.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

inline constexpr std::int32_t no_token = -1;

/// A token as a file gives it, not yet checked against the others.
struct TokenEntry {
    std::string content;
    std::int64_t id;
};

/// Fails where a token of the vocabulary in `file` is too long.
inline void check_length(const std::string& file, std::string_view token)
{
    require(token.size() <= longest_token, [&] {
        return file + ": token " + in_quotes(token) + ": expected at most " +
               std::to_string(longest_token) + " bytes, found " + std::to_string(token.size());
    });
}

template <class Word>
[[nodiscard]] inline std::uint64_t load_word(const char* bytes) noexcept
{
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// Up to 8 bytes as one number. Reads no byte outside of `bytes`; overlapping loads avoid a loop.
[[nodiscard]] inline std::uint64_t load_up_to_8(std::string_view bytes) noexcept
{
    const char* const begin = bytes.data();
    const std::size_t size = bytes.size();
    if (size >= 8) return load_word<std::uint64_t>(begin);
    if (size >= 4)
        return load_word<std::uint32_t>(begin) << 32 | load_word<std::uint32_t>(begin + size - 4);
    if (size == 0) return 0;
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<std::uint8_t>(begin[i]));
    };
    return byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
}

/// Mixes the bytes and their number; the upper bits are the better ones.
[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view bytes) noexcept
{
    constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;
    std::uint64_t hash = bytes.size() * multiplier;
    while (bytes.size() > 8) {
        hash = (hash ^ load_up_to_8(bytes)) * multiplier;
        hash ^= hash >> 32;
        bytes.remove_prefix(8);
    }
    hash = (hash ^ load_up_to_8(bytes)) * multiplier;
    hash ^= hash >> 32;
    return hash * multiplier;
}

/// Strings numbered 0, 1, 2, ... in the order of insertion, found by their bytes. Where two are
/// equal, the first is found. A number may be left without a string.
class TokenTable {
public:
    /// Prepares for `count` strings, fewer than 2^31, of `total_bytes` (below 2^32) together, which
    /// the file `origin` gives.
    explicit TokenTable(std::size_t count = 0, std::size_t total_bytes = 0,
                        std::string origin = "the vocabulary")
        : slots_(count), origin_(std::move(origin))
    {
        begins_.reserve(count + 1);
        begins_.push_back(0);
        bytes_.reserve(total_bytes);
    }

    /// Appends a string and returns its number. No more than announced may be added. Fails where
    /// the hashes of too many collide.
    std::int32_t add(std::string_view bytes)
    {
        const auto number = static_cast<std::int32_t>(size());
        TFM_ASSERT(2 * (found_ + 1) <= slots_.all().size(), "more tokens than announced");
        const std::uint64_t hash = hash_bytes(bytes);
        Slot& slot = slots_.find_or_fail(hash, origin_, is_same(bytes, hash));
        if (slot.is_free()) {
            slot = {static_cast<std::uint32_t>(hash), number};
            ++found_;
        }
        bytes_.append(bytes);
        begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
        return number;
    }

    /// Leaves the next number without a string; it does not count as announced.
    void skip() { begins_.push_back(begins_.back()); }

    /// Whether a number below size() has a string.
    [[nodiscard]] bool has(std::int32_t token) const noexcept
    {
        return !bytes(token).empty() || find({}) == token;
    }

    /// The number of the string, or `no_token`.
    [[nodiscard]] std::int32_t find(std::string_view bytes) const noexcept
    {
        const std::uint64_t hash = hash_bytes(bytes);
        const Slot* const slot = slots_.find(hash, is_same(bytes, hash));
        return slot == nullptr ? no_token : slot->token;
    }

    /// The file that gives the strings.
    [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

    /// The string with this number, which must be in [0, size()); empty where it has none.
    [[nodiscard]] std::string_view bytes(std::int32_t token) const noexcept
    {
        const auto i = static_cast<std::size_t>(token);
        return {bytes_.data() + begins_[i], begins_[i + 1] - begins_[i]};
    }

    [[nodiscard]] std::size_t size() const noexcept { return begins_.size() - 1; }

private:
    struct Slot {
        std::uint32_t tag = 0; ///< bits of the hash: most mismatches need no look at the bytes
        std::int32_t token = no_token;

        [[nodiscard]] bool is_free() const noexcept { return token == no_token; }
    };

    /// Whether a slot's string is the wanted one.
    struct IsSame {
        const TokenTable& table;
        std::string_view wanted;
        std::uint32_t tag;

        bool operator()(const Slot& slot) const noexcept
        {
            return slot.tag == tag && table.bytes(slot.token) == wanted;
        }
    };

    [[nodiscard]] IsSame is_same(std::string_view wanted, std::uint64_t hash) const noexcept
    {
        return {*this, wanted, static_cast<std::uint32_t>(hash)};
    }

    HashSlots<Slot> slots_;
    std::size_t found_ = 0; // slots taken
    std::string origin_;
    std::vector<std::uint32_t> begins_; // of each string in `bytes_`, and the end of the last
    std::string bytes_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
