#pragma once

/// \file
/// How far one model's logits are from another's.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "../config.hpp"
#include "logit_row.hpp"
#include "magnitude_histogram.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Of the absolute differences of logits.
struct DifferenceSummary {
    double mean;   ///< of the magnitudes
    double median; ///< to `MagnitudeHistogram::relative_error`
    double max;    ///< the largest
};

inline namespace TFM_BUILD_NAMESPACE {

/// The absolute differences of two models' logits, and the standard deviation of the reference's,
/// over any number of rows. Sums are in double precision.
class LogitDrift {
public:
    /// The next row of each, (vocab). Throws `tfm::Error` when there are none, one is not finite,
    /// or the lengths differ; then nothing is added.
    void add(std::span<const float> reference, std::span<const float> candidate)
    {
        detail::check_same_vocabulary(reference.size(), candidate.size());
        detail::check_logits(reference);
        detail::check_logits(candidate);
        double sum = 0.0;
        for (std::size_t i = 0; i < reference.size(); ++i) {
            float const difference = std::abs(candidate[i] - reference[i]);
            sum += static_cast<double>(difference);
            max_ = std::max(max_, static_cast<double>(difference));
            differences_.add(difference);
        }
        sum_ += sum;
        add_moments(reference);
    }

    /// Logits compared so far.
    std::size_t count() const noexcept { return count_; }

    /// Throws `tfm::Error` before the first row.
    DifferenceSummary absolute() const
    {
        double const median = differences_.quantile(0.5);
        return {sum_ / static_cast<double>(count_), median, max_};
    }

    /// The standard deviation of all logits of the reference.
    double reference_deviation() const noexcept
    {
        return std::sqrt(squares_ / static_cast<double>(count_));
    }

    /// The differences over that deviation. Throws `tfm::Error` before the first row.
    DifferenceSummary relative() const
    {
        DifferenceSummary const summary = absolute();
        double const deviation = reference_deviation();
        auto const over = [deviation](double x) { return x == 0.0 ? 0.0 : x / deviation; };
        return {over(summary.mean), over(summary.median), over(summary.max)};
    }

private:
    /// Joins a row's mean and squares to those of the rows before (Chan et al. 1979).
    void add_moments(std::span<const float> row)
    {
        double sum = 0.0;
        for (float const logit : row) sum += static_cast<double>(logit);
        auto const size = static_cast<double>(row.size());
        double const mean = sum / size;
        double squares = 0.0;
        for (float const logit : row) {
            double const deviation = static_cast<double>(logit) - mean;
            squares += deviation * deviation;
        }
        auto const before = static_cast<double>(count_);
        count_ += row.size();
        double const step = mean - mean_;
        double const share = size / static_cast<double>(count_);
        mean_ += step * share;
        squares_ += squares + step * step * before * share;
    }

    MagnitudeHistogram differences_;
    double sum_ = 0.0;
    double max_ = 0.0;
    std::size_t count_ = 0;
    double mean_ = 0.0;    // of the reference's logits
    double squares_ = 0.0; // of their deviations from it
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
