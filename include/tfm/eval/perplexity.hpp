#pragma once

/// \file
/// Perplexity, from the losses of single tokens.

#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../config.hpp"
#include "bootstrap.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// A figure and where it lies with the confidence asked for.
struct Estimate {
    double value;                     ///< of the text itself
    std::optional<Interval> interval; ///< none where the text is too short for one
};

inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// e to the mean of a series.
inline Estimate exponential_mean(std::span<const double> values, const BootstrapOptions& options)
{
    double const sum = std::accumulate(values.begin(), values.end(), 0.0);
    Estimate estimate{std::exp(sum / static_cast<double>(values.size())), {}};
    if (auto const mean = bootstrap_mean(values, options))
        estimate.interval = {std::exp(mean->low), std::exp(mean->high)};
    return estimate;
}

} // namespace detail

/// Perplexity: e to the mean loss (see `LogitRow::loss`) of a text's tokens, in their order.
/// Throws `tfm::Error` when there are none, or one is not finite.
inline Estimate perplexity(std::span<const double> losses, const BootstrapOptions& options = {})
{
    require(!losses.empty(), [] { return "tfm::perplexity: expected losses, found none"; });
    return detail::exponential_mean(losses, options);
}

/// The candidate's perplexity over the reference's for the same tokens, with a paired bootstrap.
/// Throws `tfm::Error` when there are none, more of one than of the other, or one is not finite.
inline Estimate perplexity_ratio(std::span<const double> reference,
                                 std::span<const double> candidate,
                                 const BootstrapOptions& options = {})
{
    require(!reference.empty() && reference.size() == candidate.size(), [&] {
        return "tfm::perplexity_ratio: expected losses of the same tokens, found " +
               std::to_string(reference.size()) + " of the reference and " +
               std::to_string(candidate.size()) + " of the candidate";
    });
    std::vector<double> differences(reference.size());
    for (std::size_t i = 0; i < differences.size(); ++i)
        differences[i] = candidate[i] - reference[i];
    return detail::exponential_mean(differences, options);
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
