#pragma once

/// \file
/// Windows over a text that is longer than a model's context.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Consecutive tokens of a text that a model reads at once, the last of which it is scored by.
struct TextWindow {
    std::size_t begin;        ///< the first token read
    std::size_t first_scored; ///< the first scored; at least one is read before it
    std::size_t end;          ///< past the last

    friend constexpr bool operator==(const TextWindow&, const TextWindow&) = default;
};

inline namespace TFM_BUILD_NAMESPACE {

/// Windows of up to `size` tokens, each `stride` after the one before it, as in Hugging Face's
/// guide "Perplexity of fixed-length models".
///
/// A window scores the tokens that no earlier one has read, but not its own first, which it would
/// have to foretell from nothing. So where the stride is below the size all tokens of the text but
/// the first are scored, each once; where it equals the size the first of each window is not.
/// (The guide weights the mean loss of each window after the first by one token too few.)
/// Throws `tfm::Error` unless 2 <= size and 1 <= stride <= size.
inline std::vector<TextWindow> sliding_windows(std::size_t tokens, std::size_t size,
                                               std::size_t stride)
{
    require(size >= 2, [&] {
        return "tfm::sliding_windows: size: expected at least 2 tokens, found " +
               std::to_string(size);
    });
    require(stride >= 1 && stride <= size, [&] {
        return "tfm::sliding_windows: stride: expected 1 to the size of a window, " +
               std::to_string(size) + "; found " + std::to_string(stride);
    });
    std::vector<TextWindow> windows;
    std::size_t read = 0;
    for (std::size_t begin = 0; read < tokens; begin += stride) {
        std::size_t const first_scored = std::max(read, begin + 1);
        read = begin + std::min(size, tokens - begin);
        if (first_scored < read) windows.push_back({begin, first_scored, read});
    }
    return windows;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
