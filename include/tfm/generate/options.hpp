#pragma once

/// \file
/// What generating is asked for, and why it ended.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../nn/tokens.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// A number that is added to the score of the token that completes a sequence.
struct SequenceBias {
    std::vector<Token> tokens; ///< at least one
    float bias;                ///< minus infinity rules the token out
};

/// A number that is added to the score of a token.
struct TokenBias {
    Token token; ///< of the vocabulary
    float bias;  ///< minus infinity rules the token out
};

/// The steps from logits to the tokens that are drawn from, in their order: see generate/steps.hpp.
enum class SamplingStep {
    sequence_bias,
    repetition_penalty,
    presence_penalty,
    frequency_penalty,
    no_repeat_ngram_size,
    bad_words,
    logit_bias,
    min_new_tokens,
    temperature,
    top_k,
    top_p,
    min_p,
    typical_p,
    epsilon_cutoff,
    draw,
};

/// A step of the user's own.
struct OwnStep {
    /// Changes the scores, one for each token that can be drawn, minus infinity for one that was
    /// ruled out. `tokens` is the text so far, with the prompt.
    std::function<void(std::span<float> scores, std::span<const Token> tokens)> change;
    /// Where it is taken. At temperature 0 nothing from `temperature` on is.
    SamplingStep before = SamplingStep::temperature;
};

/// Why generating ended.
enum class StopReason {
    end_of_text,    ///< the model drew a token that ends texts
    max_new_tokens, ///< as many tokens as asked for
    context_full,   ///< the session has no position left
    stopped,        ///< the caller's callback said so
    stop_string,    ///< the text reached one of `stop_strings`
    max_time,       ///< it took as long as it may
    cancelled,      ///< another thread said so
};

/// What `generate` does, and how a `Sampler` draws. The defaults draw from all tokens as the model
/// has it.
struct GenerateOptions {
    std::size_t max_new_tokens = 256; ///< stops after so many
    float temperature = 1.0F;         ///< divides the logits; 0 takes the most likely token
    std::size_t top_k = 0; ///< draw from the k most likely tokens; 0: from all; 1: as temperature 0
    float top_p = 1.0F;    ///< draw from the fewest tokens whose probability reaches p
    std::uint64_t seed = 0;              ///< equal seeds draw equal tokens
    std::vector<Token> end_of_text = {}; ///< stops before any of these is handed out
    /// Draws ids below this one only, as where a vocabulary was rounded up for the model and the
    /// tokenizer has fewer tokens; 0: draws all that the model has.
    std::size_t vocab_limit = 0;
    std::size_t threads = 0; ///< where `generate` makes the workspace itself

    std::vector<SequenceBias> sequence_bias = {}; ///< added where a token completes a sequence
    /// Above 1 makes tokens of the text less likely, below 1 more.
    float repetition_penalty = 1.0F;
    float presence_penalty = 0.0F;  ///< taken off the scores of tokens that were generated
    float frequency_penalty = 0.0F; ///< the same, for each time
    std::size_t no_repeat_ngram_size =
        0; ///< so many tokens in a row do not come twice; 0: they may
    std::vector<std::vector<Token>> bad_words = {}; ///< sequences that do not come
    std::vector<TokenBias> logit_bias = {};         ///< added to scores of tokens
    std::size_t min_new_tokens = 0;                 ///< no end of text before so many
    float min_p = 0.0F;     ///< draw from tokens that are p times as likely as the most likely one
    float typical_p = 1.0F; ///< draw from the most typical tokens whose probability reaches p
    float epsilon_cutoff = 0.0F;         ///< draw from tokens of at least this probability
    std::vector<OwnStep> own_steps = {}; ///< of the user, those of one place in this order
    /// Reports the log probability of each token by the model's own logits, and those of so many of
    /// the likeliest; none: reports nothing.
    std::optional<std::size_t> logprobs = {};

    /// Stops before any of these is in the text. Only where there is a tokenizer.
    std::vector<std::string> stop_strings = {};
    double max_time =
        0.0; ///< stops after the token that is made when so many seconds have passed; 0: never
    /// Stops before the next token once another thread has made it true; null: nobody does.
    const std::atomic<bool>* cancelled = nullptr;

    /// Sets `vocab_limit` for a tokenizer of so many tokens. What ends a text can be drawn even
    /// where the tokenizer lacks it.
    void limit_vocab(std::size_t tokens) noexcept
    {
        vocab_limit = tokens;
        for (Token const end : end_of_text)
            vocab_limit = std::max(vocab_limit, static_cast<std::size_t>(end) + 1);
    }

    /// Whether the most likely token is taken, and none drawn.
    bool is_greedy() const noexcept { return temperature == 0.0F || top_k == 1; }

    /// Whether a token ends texts.
    bool ends_text(Token token) const noexcept
    {
        return std::find(end_of_text.begin(), end_of_text.end(), token) != end_of_text.end();
    }
};

/// The name of before version 0.2.
using SamplingOptions [[deprecated("use tfm::GenerateOptions")]] = GenerateOptions;

/// A token and the natural logarithm of its probability.
struct TokenLogProb {
    Token token;    ///< its id
    float log_prob; ///< minus infinity to 0

    /// Whether all of it is equal.
    friend bool operator==(const TokenLogProb&, const TokenLogProb&) = default;
};

/// A token that was generated. Converts to its id, so that a callback may take a `Token`.
struct GeneratedToken {
    Token id; ///< the token
    /// Of the token, by the model's own logits; empty unless `GenerateOptions::logprobs` asks.
    std::optional<float> log_prob = {};
    /// Those of the likeliest, the likeliest first; valid during the call.
    std::span<const TokenLogProb> likeliest = {};

    /// Its id.
    operator Token() const noexcept { return id; }
};

} // namespace tfm

#include "../restore_macros.hpp"
