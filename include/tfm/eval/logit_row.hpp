#pragma once

/// \file
/// `LogitRow`: the logits of one token as a probability distribution.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// Throws `tfm::Error` naming the first that is infinite or NaN, and when there are none.
inline void check_logits(std::span<const float> logits)
{
    require(!logits.empty(), [] { return "tfm: logits: expected some, found none"; });
    auto const found = std::find_if_not(logits.begin(), logits.end(),
                                        [](float logit) { return std::isfinite(logit); });
    require(found == logits.end(), [&] {
        return "tfm: logit " + std::to_string(found - logits.begin()) +
               ": expected a finite number, found " + std::to_string(*found);
    });
}

/// Throws `tfm::Error` unless two models have as many logits.
inline void check_same_vocabulary(std::size_t reference, std::size_t candidate)
{
    require(reference == candidate, [&] {
        return "tfm: logits of two models: expected as many of each, found " +
               std::to_string(reference) + " of the reference and " + std::to_string(candidate) +
               " of the candidate";
    });
}

} // namespace detail

/// Logits (vocab), which must outlive this, with their normaliser. Computed in double precision.
class LogitRow {
public:
    /// Throws `tfm::Error` when there are none, or one is infinite or NaN.
    explicit LogitRow(std::span<const float> logits) : logits_(logits)
    {
        detail::check_logits(logits);
        double const largest = *std::max_element(logits.begin(), logits.end());
        double sum = 0.0;
        for (float const logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
        log_sum_exp_ = largest + std::log(sum);
    }

    /// The row itself.
    std::span<const float> logits() const noexcept { return logits_; }

    /// The natural logarithm of a token's probability. \pre token < logits().size()
    double log_probability(std::size_t token) const noexcept
    {
        return static_cast<double>(logits_[token]) - log_sum_exp_;
    }

    /// What a model loses where `token` comes next: minus the logarithm of its probability, in
    /// nats. Throws `tfm::Error` when there is no such token.
    double loss(std::int32_t token) const
    {
        require(token >= 0 && static_cast<std::size_t>(token) < logits_.size(), [&] {
            return "tfm::LogitRow: token id " + std::to_string(token) +
                   " is out of range; expected 0 to " + std::to_string(logits_.size() - 1);
        });
        return -log_probability(static_cast<std::size_t>(token));
    }

private:
    std::span<const float> logits_;
    double log_sum_exp_ = 0.0;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
