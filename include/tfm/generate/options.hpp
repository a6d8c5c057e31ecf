#pragma once

/// \file
/// What generating is asked for, and why it ended.

#include <cstddef>
#include <cstdint>
#include <optional>

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
    end_of_text,    ///< the model drew its end-of-text token
    max_new_tokens, ///< as many tokens as asked for
    context_full,   ///< the session has no position left
    stopped,        ///< the caller's callback said so
};

/// What `generate` does.
struct GenerateOptions {
    std::size_t max_new_tokens = 256;      ///< stops after so many
    float temperature = 1.0F;              ///< see `SamplingOptions`
    std::size_t top_k = 0;                 ///< see `SamplingOptions`
    float top_p = 1.0F;                    ///< see `SamplingOptions`
    std::uint64_t seed = 0;                ///< see `SamplingOptions`
    std::optional<Token> end_of_text = {}; ///< stops before this token is handed out
    std::size_t threads = 0;               ///< where `generate` makes the workspace itself

    /// The part that a `Sampler` takes.
    SamplingOptions sampling() const noexcept { return {temperature, top_k, top_p, seed}; }
};

} // namespace tfm
