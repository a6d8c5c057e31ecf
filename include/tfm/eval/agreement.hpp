#pragma once

/// \file
/// How alike two models foretell the next token.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "../config.hpp"
#include "logit_row.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// The places of the k largest, the largest first; of equals the earlier is the larger.
inline std::vector<std::size_t> largest(std::span<const float> logits, std::size_t k)
{
    auto const larger = [logits](std::size_t a, std::size_t b) { return logits[a] > logits[b]; };
    std::vector<std::size_t> top;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        if (top.size() == k && !larger(i, top.back())) continue;
        top.insert(std::upper_bound(top.begin(), top.end(), i, larger), i);
        if (top.size() > k) top.pop_back();
    }
    return top;
}

} // namespace detail

/// The Kullback-Leibler divergence of the candidate's distribution from the reference's, in nats:
/// sum over tokens of p (log p - log q), with p the reference's probability and q the candidate's.
/// Throws `tfm::Error` when their vocabularies differ in size.
inline double kl_divergence(const LogitRow& reference, const LogitRow& candidate)
{
    detail::check_same_vocabulary(reference.logits().size(), candidate.logits().size());
    double sum = 0.0;
    for (std::size_t i = 0; i < reference.logits().size(); ++i) {
        double const log_p = reference.log_probability(i);
        sum += std::exp(log_p) * (log_p - candidate.log_probability(i));
    }
    return std::max(sum, 0.0); // which it cannot be below but by rounding
}

/// The share of the reference's k most likely tokens that are among the candidate's k most likely.
/// Of equally likely tokens the smaller id comes first. A vocabulary of fewer than k counts whole.
/// Throws `tfm::Error` when k is 0 or their vocabularies differ in size.
inline double top_agreement(const LogitRow& reference, const LogitRow& candidate, std::size_t k)
{
    detail::check_same_vocabulary(reference.logits().size(), candidate.logits().size());
    require(k > 0, [] { return "tfm::top_agreement: k: expected at least 1, found 0"; });
    auto const wanted = detail::largest(reference.logits(), k);
    auto const found = detail::largest(candidate.logits(), k);
    auto const shared = std::count_if(wanted.begin(), wanted.end(), [&](std::size_t token) {
        return std::find(found.begin(), found.end(), token) != found.end();
    });
    return static_cast<double>(shared) / static_cast<double>(wanted.size());
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
