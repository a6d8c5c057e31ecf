#pragma once

/// \file
/// The steps from logits to the tokens that are drawn from, each by the name that transformers (and
/// for `presence_penalty` and `frequency_penalty` OpenAI's interface) has for it, and with the same
/// result. `Sampler` takes them in the order in which they stand here.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "../nn/tokens.hpp"
#include "options.hpp"
#include "token_history.hpp"
#include "token_scores.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace steps {
namespace detail {

/// Whether the next token can complete a sequence: whether a text ends with all of it but the last.
/// As in transformers, a sequence of several tokens must be no longer than the text.
inline bool is_awaited(std::span<const Token> sequence, std::span<const Token> text) noexcept
{
    if (sequence.size() == 1) return true;
    if (sequence.size() > text.size()) return false;
    auto const begun = sequence.first(sequence.size() - 1);
    return std::equal(begun.begin(), begun.end(),
                      text.end() - static_cast<std::ptrdiff_t>(begun.size()));
}

} // namespace detail

/// Adds to the score of a token that completes a sequence.
inline void sequence_bias(TokenScores& scores, std::span<const SequenceBias> biases,
                          const TokenHistory& text) noexcept
{
    for (const SequenceBias& bias : biases) {
        if (!detail::is_awaited(bias.tokens, text.tokens())) continue;
        if (float* const score = scores.find(bias.tokens.back())) *score += bias.bias;
    }
}

/// Divides the scores above zero of all tokens of the text, and multiplies those below (Keskar et
/// al. 2019).
inline void repetition_penalty(TokenScores& scores, float penalty,
                               const TokenHistory& text) noexcept
{
    for (Token const token : text.distinct()) {
        if (float* const score = scores.find(token))
            *score = *score < 0.0F ? *score * penalty : *score / penalty;
    }
}

/// Takes this off the scores of the tokens that were generated.
inline void presence_penalty(TokenScores& scores, float penalty, const TokenHistory& text) noexcept
{
    for (Token const token : text.distinct()) {
        if (text.times_generated(token) == 0) continue;
        if (float* const score = scores.find(token)) *score -= penalty;
    }
}

/// Takes this off the scores of the tokens that were generated, as often as they were.
inline void frequency_penalty(TokenScores& scores, float penalty, const TokenHistory& text) noexcept
{
    for (Token const token : text.distinct()) {
        if (float* const score = scores.find(token))
            *score -= penalty * static_cast<float>(text.times_generated(token));
    }
}

/// Rules out tokens that would repeat `size` tokens of the text in a row.
inline void no_repeat_ngram_size(TokenScores& scores, std::size_t size,
                                 const TokenHistory& text) noexcept
{
    auto const tokens = text.tokens();
    if (size == 0 || tokens.size() < size) return;
    auto const begun = tokens.last(size - 1);
    for (std::size_t i = 0; i + size <= tokens.size(); ++i) {
        if (std::equal(begun.begin(), begun.end(), tokens.begin() + static_cast<std::ptrdiff_t>(i)))
            scores.ban(tokens[i + size - 1]);
    }
}

/// Rules out tokens that complete one of these sequences; an end of text by itself is spared.
inline void bad_words(TokenScores& scores, std::span<const std::vector<Token>> words,
                      std::span<const Token> end_of_text, const TokenHistory& text) noexcept
{
    for (const std::vector<Token>& word : words) {
        bool const is_end = word.size() == 1 && std::find(end_of_text.begin(), end_of_text.end(),
                                                          word[0]) != end_of_text.end();
        if (!is_end && detail::is_awaited(word, text.tokens())) scores.ban(word.back());
    }
}

/// Adds to the scores of tokens.
inline void logit_bias(TokenScores& scores, std::span<const TokenBias> biases) noexcept
{
    for (TokenBias const bias : biases)
        if (float* const score = scores.find(bias.token)) *score += bias.bias;
}

/// Rules out the ends of text until so many tokens were generated.
inline void min_new_tokens(TokenScores& scores, std::size_t count,
                           std::span<const Token> end_of_text, const TokenHistory& text) noexcept
{
    if (text.generated() >= count) return;
    for (Token const end : end_of_text) scores.ban(end);
}

/// Divides all scores.
inline void temperature(TokenScores& scores, float temperature)
{
    // A quotient beyond all floats leaves nothing but the most likely.
    float const largest = scores.largest();
    if (!std::isfinite(largest / temperature)) return scores.keep_from(largest);
    auto const row = scores.scores();
    simd::vec const divisor = simd::broadcast(temperature);
    simd::for_each_vec(row.size(), [&](std::size_t i, auto load, auto store) {
        store(row.data() + i, load(row.data() + i) / divisor);
    });
}

/// Leaves the k most likely tokens, and what is as likely as the last of them (Fan et al. 2018).
inline void top_k(TokenScores& scores, std::size_t k)
{
    if (k < scores.size()) scores.keep_from(scores.kth_largest(k));
}

/// Leaves the fewest tokens, the most likely first, whose probabilities reach p (Holtzman et al.
/// 2020).
inline void top_p(TokenScores& scores, float p)
{
    double const sum = scores.weigh();
    auto const weights = scores.weights();
    auto const row = scores.scores();
    // All tokens below this together are less than what may be left out.
    double const slight =
        0.5 * (1.0 - static_cast<double>(p)) * sum / static_cast<double>(row.size());
    scores.keep_taken(scores.take(
        static_cast<double>(p) * sum, [&](std::size_t i) { return -row[i]; },
        [&](std::size_t i) { return static_cast<double>(weights[i]) > slight; }));
}

/// Leaves the tokens that are p times as likely as the most likely one (Nguyen et al. 2024).
inline void min_p(TokenScores& scores, float p)
{
    scores.weigh();
    auto const weights = scores.weights();
    scores.keep_if([&](std::size_t i) { return weights[i] >= p; });
}

/// Leaves the fewest tokens whose probabilities reach p, those first that tell as much as is to be
/// expected: whose negative log probability is nearest to its mean (Meister et al. 2023).
inline void typical_p(TokenScores& scores, float p)
{
    double const sum = scores.weigh();
    auto const weights = scores.weights();
    auto const row = scores.scores();
    double const log_sum = static_cast<double>(scores.largest()) + std::log(sum);
    auto const information = [&](std::size_t i) { return log_sum - static_cast<double>(row[i]); };
    double entropy = 0.0;
    for (std::size_t i = 0; i < row.size(); ++i)
        if (weights[i] > 0.0F) entropy += static_cast<double>(weights[i]) / sum * information(i);
    auto const surprise = [&](std::size_t i) { return std::abs(information(i) - entropy); };
    std::size_t const count = scores.take(static_cast<double>(p) * sum, surprise,
                                          [&](std::size_t i) { return weights[i] > 0.0F; });
    double const most = surprise(scores.order()[count - 1]);
    scores.keep_if([&](std::size_t i) { return surprise(i) <= most; });
}

/// Leaves the tokens with at least this probability, or else the most likely (Hewitt et al. 2022).
inline void epsilon_cutoff(TokenScores& scores, float epsilon)
{
    double const least = std::min(1.0, static_cast<double>(epsilon) * scores.weigh());
    auto const weights = scores.weights();
    scores.keep_if([&](std::size_t i) { return static_cast<double>(weights[i]) >= least; });
}

} // namespace steps
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
