#pragma once

/// \file
/// Text up to the first of some strings, as it comes piece by piece.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Hands text on up to the first stop string, wherever the pieces have their borders: text waits
/// while it may be the beginning of one. First is the one that ends first, and of those the
/// longest.
class StopStrings {
public:
    /// Stops at any of these. Throws `tfm::Error` for an empty one.
    explicit StopStrings(std::vector<std::string> strings) : strings_(std::move(strings))
    {
        for (const std::string& string : strings_)
            require(!string.empty(), [] {
                return "tfm::StopStrings: expected strings that are not empty, found an empty one";
            });
    }

    /// The text that is certain now that this comes next, maybe none; none after a stop string.
    [[nodiscard]] std::string push(std::string_view piece)
    {
        if (is_found_) return {};
        waiting_ += piece;
        std::size_t const end = first_match();
        is_found_ = end != std::string::npos;
        std::size_t const certain = is_found_ ? end : waiting_.size() - possible_beginning();
        std::string text = waiting_.substr(0, certain);
        waiting_.erase(0, certain);
        return text;
    }

    /// What waited at the end of the text; none after a stop string.
    [[nodiscard]] std::string finish()
    {
        return is_found_ ? std::string() : std::exchange(waiting_, {});
    }

    /// Whether the text has reached a stop string.
    bool is_found() const noexcept { return is_found_; }

private:
    /// Where the first stop string begins, or npos.
    std::size_t first_match() const
    {
        std::size_t begin = std::string::npos;
        std::size_t end = std::string::npos;
        for (const std::string& string : strings_) {
            std::size_t const at = waiting_.find(string);
            if (at == std::string::npos) continue;
            std::size_t const behind = at + string.size();
            if (behind > end || (behind == end && at >= begin)) continue;
            begin = at;
            end = behind;
        }
        return begin;
    }

    /// Bytes at the end that a stop string begins with.
    std::size_t possible_beginning() const
    {
        std::size_t longest = 0;
        std::string_view const text = waiting_;
        for (const std::string& string : strings_) {
            std::size_t length = std::min(string.size() - 1, text.size());
            while (length > longest && !string.starts_with(text.substr(text.size() - length)))
                --length;
            longest = std::max(longest, length);
        }
        return longest;
    }

    std::vector<std::string> strings_;
    std::string waiting_;
    bool is_found_ = false;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
