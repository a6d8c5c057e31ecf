#pragma once

/// \file
/// From logits to the next token.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "check_options.hpp"
#include "log_probs.hpp"
#include "options.hpp"
#include "steps.hpp"
#include "token_history.hpp"
#include "token_scores.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Draws the tokens of one text, by the steps of generate/steps.hpp in their order, those of the
/// user among them. Allocates nothing after construction and `begin`.
class Sampler {
public:
    /// For rows of `vocab` logits. Throws `tfm::Error` naming the option that is out of range.
    Sampler(GenerateOptions options, std::size_t vocab)
        : options_(std::move(options)), random_(options_.seed), text_(vocab), scores_(vocab),
          log_probs_(options_.logprobs, vocab)
    {
        TFM_BUILD_NAMESPACE::detail::check_options(options_, vocab);
        if (!options_.own_steps.empty()) all_scores_.resize(vocab);
    }

    /// Begins a text with a prompt, which penalties look at, with memory for so many tokens more.
    void begin(std::span<const Token> prompt, std::size_t more = 0) { text_.begin(prompt, more); }

    /// Draws the next token for one row of logits and adds it to the text. Where the most likely is
    /// taken, ties go to the smaller id. Throws `tfm::Error` for more logits than the vocabulary
    /// has or none, where one of them is NaN or plus infinity, and where none is left to draw.
    Token sample(std::span<const float> logits)
    {
        if (options_.is_greedy()) return sample(logits, 0.0);
        constexpr double unit = 0x1p-53;
        return sample(logits, static_cast<double>(random_() >> 11) * unit);
    }

    /// The same by a number of the caller's, from 0 up and below 1: takes the first token, ids
    /// ascending, up to which the probabilities add up to more.
    Token sample(std::span<const float> logits, double uniform)
    {
        Token const token = draw(apply(logits), uniform);
        if (options_.logprobs) log_probs_.assign(logits, token);
        text_.add(token);
        return token;
    }

    /// Adds a token of the caller's to the text, in place of one that is drawn.
    void accept(Token token) { text_.add(token); }

    /// What the steps leave of one row of logits for the next token; valid until the next call.
    TokenScores& apply(std::span<const float> logits)
    {
        scores_.assign(logits);
        take_own_steps(SamplingStep::sequence_bias, logits.size());
        take_steps(SamplingStep::sequence_bias, SamplingStep::temperature, logits.size());
        require(std::isfinite(scores_.largest()),
                [] { return "tfm::Sampler: every token is ruled out, or a score is infinite"; });
        if (!options_.is_greedy())
            take_steps(SamplingStep::temperature, SamplingStep::draw, logits.size());
        return scores_;
    }

    /// The log probabilities for the token drawn last, where the options ask for them.
    const LogProbs& log_probs() const noexcept { return log_probs_; }

    /// The text so far.
    const TokenHistory& text() const noexcept { return text_; }

private:
    /// The steps from one to another, each with those of the user behind it.
    void take_steps(SamplingStep first, SamplingStep end, std::size_t vocab)
    {
        for (SamplingStep step = first; step != end;) {
            take_step(step);
            step = static_cast<SamplingStep>(static_cast<int>(step) + 1);
            take_own_steps(step, vocab);
        }
    }

    void take_step(SamplingStep step)
    {
        GenerateOptions const& o = options_;
        switch (step) {
        case SamplingStep::sequence_bias:
            return steps::sequence_bias(scores_, o.sequence_bias, text_);
        case SamplingStep::repetition_penalty:
            if (o.repetition_penalty == 1.0F) return;
            return steps::repetition_penalty(scores_, o.repetition_penalty, text_);
        case SamplingStep::presence_penalty:
            if (o.presence_penalty == 0.0F) return;
            return steps::presence_penalty(scores_, o.presence_penalty, text_);
        case SamplingStep::frequency_penalty:
            if (o.frequency_penalty == 0.0F) return;
            return steps::frequency_penalty(scores_, o.frequency_penalty, text_);
        case SamplingStep::no_repeat_ngram_size:
            return steps::no_repeat_ngram_size(scores_, o.no_repeat_ngram_size, text_);
        case SamplingStep::bad_words:
            return steps::bad_words(scores_, o.bad_words, o.end_of_text, text_);
        case SamplingStep::logit_bias:
            return steps::logit_bias(scores_, o.logit_bias);
        case SamplingStep::min_new_tokens:
            return steps::min_new_tokens(scores_, o.min_new_tokens, o.end_of_text, text_);
        case SamplingStep::temperature:
            if (o.temperature == 1.0F) return;
            return steps::temperature(scores_, o.temperature);
        case SamplingStep::top_k:
            if (o.top_k == 0) return;
            return steps::top_k(scores_, o.top_k);
        case SamplingStep::top_p:
            if (o.top_p == 1.0F) return;
            return steps::top_p(scores_, o.top_p);
        case SamplingStep::min_p:
            if (o.min_p == 0.0F) return;
            return steps::min_p(scores_, o.min_p);
        case SamplingStep::typical_p:
            if (o.typical_p == 1.0F) return;
            return steps::typical_p(scores_, o.typical_p);
        case SamplingStep::epsilon_cutoff:
            if (o.epsilon_cutoff == 0.0F) return;
            return steps::epsilon_cutoff(scores_, o.epsilon_cutoff);
        case SamplingStep::draw:
            return;
        }
    }

    /// Those before a step see a score for each token of the vocabulary.
    void take_own_steps(SamplingStep before, std::size_t vocab)
    {
        constexpr float never = -std::numeric_limits<float>::infinity();
        for (const OwnStep& step : options_.own_steps) {
            if (step.before != before) continue;
            std::span const all(all_scores_.data(), vocab);
            std::fill(all.begin(), all.end(), never);
            for (std::size_t i = 0; i < scores_.size(); ++i)
                all[static_cast<std::size_t>(scores_.id(i))] = scores_.scores()[i];
            step.change(all, text_.tokens());
            scores_.assign(all);
            scores_.keep_if([&](std::size_t i) { return scores_.scores()[i] > never; });
        }
    }

    Token draw(TokenScores& scores, double uniform) const
    {
        if (options_.is_greedy()) {
            auto const row = scores.scores();
            auto const best = std::find(row.begin(), row.end(), scores.largest());
            return scores.id(static_cast<std::size_t>(best - row.begin()));
        }
        double const wanted = uniform * scores.weigh();
        auto const weights = scores.weights();
        std::size_t chosen = 0;
        double sum = 0.0;
        for (std::size_t i = 0; i < weights.size() && sum <= wanted; ++i) {
            if (weights[i] > 0.0F) chosen = i;
            sum += static_cast<double>(weights[i]);
        }
        return scores.id(chosen);
    }

    GenerateOptions options_;
    std::mt19937_64 random_;
    TokenHistory text_;
    TokenScores scores_;
    std::vector<float> all_scores_; ///< for the user's steps
    LogProbs log_probs_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
