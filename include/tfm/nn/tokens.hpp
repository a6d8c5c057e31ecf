#pragma once

/// \file
/// Tokens, and what a forward pass is asked to do with them.

#include <cstdint>
#include <span>

namespace tfm {

/// A token id.
using Token = std::int32_t;

/// Which of some rows' logits are wanted.
enum class Logits {
    none, ///< only the cache is filled
    last, ///< of the last token, to sample the next
    all,  ///< of every token, to score a text
};

/// A sequence for an encoder.
struct EncoderInput {
    std::span<const Token> tokens;     ///< special tokens among them
    std::span<const Token> types = {}; ///< of each token; none: all 0
};

} // namespace tfm
