#pragma once

/// \file
/// `ModelComparison`: everything that is said of one model beside another over a text.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../config.hpp"
#include "agreement.hpp"
#include "logit_drift.hpp"
#include "logit_row.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A candidate beside a reference, token by token: another precision of a model, or another model
/// with the same tokenizer.
class ModelComparison {
public:
    /// What both foretell where `token` comes next: logits (vocab).
    /// Throws `tfm::Error` for rows of different lengths, logits that are not finite, and a token
    /// that is out of range; then nothing is added.
    void add(std::span<const float> reference, std::span<const float> candidate, std::int32_t token)
    {
        LogitRow const expected(reference);
        LogitRow const found(candidate);
        double const divergence = kl_divergence(expected, found);
        double const reference_loss = expected.loss(token);
        double const candidate_loss = found.loss(token);
        drift_.add(reference, candidate);
        reference_losses_.push_back(reference_loss);
        candidate_losses_.push_back(candidate_loss);
        kl_sum_ += divergence;
        kl_max_ = std::max(kl_max_, divergence);
        top1_sum_ += top_agreement(expected, found, 1);
        top5_sum_ += top_agreement(expected, found, 5);
    }

    /// How many were added; the means below need one at least.
    std::size_t tokens() const noexcept { return reference_losses_.size(); }

    /// How far the logits are from each other.
    const LogitDrift& drift() const noexcept { return drift_; }
    /// Loss of each scored token, in nats.
    std::span<const double> reference_losses() const noexcept { return reference_losses_; }
    /// Loss of each scored token, in nats.
    std::span<const double> candidate_losses() const noexcept { return candidate_losses_; }

    double kl_mean() const noexcept { return mean(kl_sum_); } ///< see `kl_divergence`
    /// Largest divergence of a token, in nats.
    double kl_max() const noexcept { return kl_max_; }
    double top1_agreement() const noexcept { return mean(top1_sum_); } ///< see `top_agreement`
    /// Share of the reference's five likeliest tokens that are among the candidate's.
    double top5_agreement() const noexcept { return mean(top5_sum_); }

private:
    double mean(double sum) const noexcept { return sum / static_cast<double>(tokens()); }

    LogitDrift drift_;
    std::vector<double> reference_losses_;
    std::vector<double> candidate_losses_;
    double kl_sum_ = 0.0;
    double kl_max_ = 0.0;
    double top1_sum_ = 0.0;
    double top5_sum_ = 0.0;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
