#pragma once

/// \file
/// From logits to the next token.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "../config.hpp"
#include "options.hpp"

#include "../hide_macros.hpp"

namespace tfm {

inline namespace TFM_BUILD_NAMESPACE {

/// Draws tokens: temperature, then top-k (Fan et al. 2018), then top-p (Holtzman et al. 2020), as
/// transformers orders them. Allocates nothing after construction.
class Sampler {
public:
    /// Throws `tfm::Error` for a negative or non-finite temperature, or top_p outside (0, 1].
    Sampler(const SamplingOptions& options, std::size_t vocab)
        : options_(options), random_(options.seed), candidates_(vocab), weights_(vocab)
    {
        require(std::isfinite(options.temperature) && options.temperature >= 0.0F, [&] {
            return "tfm::Sampler: temperature: expected a number from 0 up, found " +
                   std::to_string(options.temperature);
        });
        require(options.top_p > 0.0F && options.top_p <= 1.0F, [&] {
            return "tfm::Sampler: top_p: expected a number above 0 and at most 1, found " +
                   std::to_string(options.top_p);
        });
    }

    /// The next token for one row of logits; ties go to the smaller id.
    /// Throws `tfm::Error` for more logits than the vocabulary has or none, and where one of them
    /// is NaN or none is finite.
    std::int32_t sample(std::span<const float> logits)
    {
        check(logits);
        if (options_.temperature == 0.0F || options_.top_k == 1) {
            return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) -
                                             logits.begin());
        }
        std::span<std::uint32_t> const candidates = most_likely(logits);
        return draw(candidates, weigh(logits, candidates));
    }

private:
    void check(std::span<const float> logits) const
    {
        require(!logits.empty() && logits.size() <= candidates_.size(), [&] {
            return "tfm::Sampler: expected 1 to " + std::to_string(candidates_.size()) +
                   " logits, found " + std::to_string(logits.size());
        });
        bool any_finite = false;
        for (float const logit : logits) {
            require(logit < std::numeric_limits<float>::infinity(),
                    [] { return "tfm::Sampler: a logit is NaN or plus infinity"; });
            any_finite = any_finite || std::isfinite(logit);
        }
        require(any_finite, [] { return "tfm::Sampler: no logit is finite"; });
    }

    /// The tokens that top-k leaves, the most likely first where that order will be needed.
    std::span<std::uint32_t> most_likely(std::span<const float> logits)
    {
        std::span<std::uint32_t> const all(candidates_.data(), logits.size());
        std::iota(all.begin(), all.end(), 0U);
        bool const limited = options_.top_k > 0 && options_.top_k < all.size();
        auto const more_likely = [logits](std::uint32_t a, std::uint32_t b) {
            return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
        };
        if (!limited && options_.top_p == 1.0F) return all;
        std::size_t const count = limited ? options_.top_k : all.size();
        std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                          more_likely);
        return all.first(count);
    }

    /// Weights of the candidates, not normalised; their sum.
    double weigh(std::span<const float> logits, std::span<const std::uint32_t> candidates)
    {
        float largest = logits[candidates[0]];
        for (std::uint32_t const token : candidates) largest = std::max(largest, logits[token]);
        double sum = 0.0;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            double const scaled =
                (static_cast<double>(logits[candidates[i]]) - static_cast<double>(largest)) /
                static_cast<double>(options_.temperature);
            weights_[i] = std::exp(scaled);
            sum += weights_[i];
        }
        return sum;
    }

    /// Draws among the fewest candidates that reach top_p.
    std::int32_t draw(std::span<const std::uint32_t> candidates, double sum)
    {
        double const kept = nucleus(candidates.size(), sum);
        constexpr double unit = 0x1p-53;
        double rest = static_cast<double>(random_() >> 11) * unit * kept;
        std::size_t chosen = 0;
        while (chosen + 1 < candidates.size() && rest >= weights_[chosen]) {
            rest -= weights_[chosen];
            ++chosen;
        }
        return static_cast<std::int32_t>(candidates[chosen]);
    }

    /// The weight of the nucleus, whose end gets weight zero beyond it.
    double nucleus(std::size_t count, double sum) const
    {
        if (options_.top_p == 1.0F) return sum;
        double const wanted = static_cast<double>(options_.top_p) * sum;
        double kept = 0.0;
        for (std::size_t i = 0; i < count && kept < wanted; ++i) kept += weights_[i];
        return kept;
    }

    SamplingOptions options_;
    std::mt19937_64 random_;
    std::vector<std::uint32_t> candidates_;
    std::vector<double> weights_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
