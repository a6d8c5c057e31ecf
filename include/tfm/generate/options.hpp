#pragma once

/// \file
/// What generating is asked for, and why it ended.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../nn/tokens.hpp"

namespace tfm {

/// How the next token is drawn.
struct SamplingOptions {
    float temperature = 1.0F; ///< divides the logits; 0 takes the most likely token
    std::size_t top_k = 0;    ///< draw from the k most likely tokens; 0: from all
    float top_p = 1.0F;       ///< draw from the fewest tokens whose probability reaches p
    std::uint64_t seed = 0;   ///< equal seeds draw equal tokens
};

/// Why generating ended.
enum class StopReason {
    end_of_text,    ///< the model drew a token that ends texts
    max_new_tokens, ///< as many tokens as asked for
    context_full,   ///< the session has no position left
    stopped,        ///< the caller's callback said so
};

/// What `generate` does.
struct GenerateOptions {
    std::size_t max_new_tokens = 256;    ///< stops after so many
    float temperature = 1.0F;            ///< see `SamplingOptions`
    std::size_t top_k = 0;               ///< see `SamplingOptions`
    float top_p = 1.0F;                  ///< see `SamplingOptions`
    std::uint64_t seed = 0;              ///< see `SamplingOptions`
    std::vector<Token> end_of_text = {}; ///< stops before any of these is handed out
    /// Draws ids below this one only, as where a vocabulary was rounded up for the model and the
    /// tokenizer has fewer tokens; 0: draws all that the model has.
    std::size_t vocab_limit = 0;
    std::size_t threads = 0; ///< where `generate` makes the workspace itself

    /// Sets `vocab_limit` for a tokenizer of so many tokens. What ends a text can be drawn even
    /// where the tokenizer lacks it.
    void limit_vocab(std::size_t tokens) noexcept
    {
        vocab_limit = tokens;
        for (Token const end : end_of_text)
            vocab_limit = std::max(vocab_limit, static_cast<std::size_t>(end) + 1);
    }

    /// The part that a `Sampler` takes.
    SamplingOptions sampling() const noexcept { return {temperature, top_k, top_p, seed}; }
};

} // namespace tfm
