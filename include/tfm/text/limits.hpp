#pragma once

/// \file
/// What the files of a tokenizer may ask for. Each limit is several times what published files
/// need, and keeps the time and the memory that a file costs in proportion to its size.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Bytes of a token of the vocabulary. Those of published ones, runs of spaces mostly, have some
/// hundred. Encoding a piece takes forty times its memory.
inline constexpr std::size_t longest_token = std::size_t{1} << 14U;

/// Bytes of an added token, given or normalized. A text is looked through for all of them at each
/// of its bytes; published ones have some 30.
inline constexpr std::size_t longest_added_token = 256;

/// Characters of a word that WordPiece cuts, which takes time of their third power. BERT's are 100.
inline constexpr std::size_t longest_cut_word = 256;

/// Steps of a normalizer, a pre-tokenizer, a decoder or a post-processor. Published files have up
/// to ten, and each goes through the whole text.
inline constexpr std::size_t most_steps = 64;

/// Tokens that a post-processor puts around a text. Published files have one or two.
inline constexpr std::size_t most_frame_tokens = 256;

/// Ids are below: tables have a place for each, and files of few tokens few places.
constexpr std::int64_t id_limit(std::size_t tokens) noexcept
{
    constexpr std::size_t most = std::size_t{1} << 24U;
    return static_cast<std::int64_t>(std::min(most, (std::size_t{1} << 20U) + 4 * tokens));
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
