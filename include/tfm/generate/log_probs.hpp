#pragma once

/// \file
/// Log probabilities of a token that was drawn and of the likeliest ones.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "options.hpp"
#include "token_scores.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// What a model's own logits, before any step, say of a token. Allocates nothing after
/// construction.
class LogProbs {
public:
    /// For the `count` likeliest of `vocab` tokens; none: for nothing.
    LogProbs(std::optional<std::size_t> count, std::size_t vocab)
        : scores_(count ? vocab : 0), count_(std::min(count.value_or(0), vocab))
    {
        likeliest_.reserve(count ? vocab : 0);
    }

    /// Takes a row of logits and the token that was drawn. Throws what `TokenScores::assign`
    /// throws.
    void assign(std::span<const float> logits, Token token)
    {
        scores_.assign(logits);
        double const log_sum = static_cast<double>(scores_.largest()) + std::log(scores_.weigh());
        auto const log_prob = [&](float logit) {
            return static_cast<float>(static_cast<double>(logit) - log_sum);
        };
        log_prob_ = log_prob(logits[static_cast<std::size_t>(token)]);
        std::size_t const count = std::min(count_, logits.size());
        likeliest_.clear();
        if (count == 0) return;
        scores_.keep_from(scores_.kth_largest(count));
        for (std::size_t i = 0; i < scores_.size(); ++i)
            likeliest_.push_back({scores_.id(i), log_prob(scores_.scores()[i])});
        std::sort(likeliest_.begin(), likeliest_.end(), [&](TokenLogProb a, TokenLogProb b) {
            float const x = logits[static_cast<std::size_t>(a.token)];
            float const y = logits[static_cast<std::size_t>(b.token)];
            return x > y || (x == y && a.token < b.token);
        });
        likeliest_.resize(count);
    }

    /// Of the token that was drawn.
    float log_prob() const noexcept { return log_prob_; }
    /// Of the likeliest, the likeliest first, of equal ones the smaller id.
    std::span<const TokenLogProb> likeliest() const noexcept { return likeliest_; }

private:
    TokenScores scores_;
    std::size_t count_;
    float log_prob_ = 0.0F;
    std::vector<TokenLogProb> likeliest_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
