#pragma once

/// \file
/// What is wrong with the options of a sampler.

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "../config.hpp"
#include "options.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Throws `tfm::Error` about an option unless `is_right`.
inline void check_option(bool is_right, const char* name, const char* expected, float found)
{
    require(is_right, [&] {
        return "tfm::Sampler: " + std::string(name) + ": expected " + expected + ", found " +
               std::to_string(found);
    });
}

/// Throws `tfm::Error` unless each token is one of `vocab`, and there is one.
inline void check_sequence(const char* name, std::span<const Token> tokens, std::size_t vocab)
{
    require(!tokens.empty(),
            [&] { return "tfm::Sampler: " + std::string(name) + ": expected tokens, found none"; });
    for (Token const token : tokens) {
        require(token >= 0 && static_cast<std::size_t>(token) < vocab, [&] {
            return "tfm::Sampler: " + std::string(name) + ": token id " + std::to_string(token) +
                   " is out of range; expected 0 to " + std::to_string(vocab - 1);
        });
    }
}

/// A bias may be minus infinity.
inline void check_bias(const char* name, float bias)
{
    check_option(bias < std::numeric_limits<float>::infinity(), name,
                 "a number or minus infinity for a bias", bias);
}

/// Throws `tfm::Error` naming the first option that is out of range.
inline void check_options(const GenerateOptions& options, std::size_t vocab)
{
    auto const is_share = [](float p) { return p > 0.0F && p <= 1.0F; };
    auto const is_least = [](float p) { return p >= 0.0F && p <= 1.0F; };
    auto const check = [](bool is_right, const char* name, const char* expected, float found) {
        check_option(is_right, name, expected, found);
    };
    constexpr const char* share = "a number above 0 and at most 1";
    constexpr const char* least = "a number from 0 to 1";
    GenerateOptions const& o = options;
    check(std::isfinite(o.temperature) && o.temperature >= 0.0F, "temperature",
          "a number from 0 up", o.temperature);
    check(std::isfinite(o.repetition_penalty) && o.repetition_penalty > 0.0F, "repetition_penalty",
          "a number above 0", o.repetition_penalty);
    check(std::isfinite(o.presence_penalty), "presence_penalty", "a number", o.presence_penalty);
    check(std::isfinite(o.frequency_penalty), "frequency_penalty", "a number", o.frequency_penalty);
    check(is_share(o.top_p), "top_p", share, o.top_p);
    check(is_least(o.min_p), "min_p", least, o.min_p);
    check(is_share(o.typical_p), "typical_p", share, o.typical_p);
    check(is_least(o.epsilon_cutoff), "epsilon_cutoff", least, o.epsilon_cutoff);
    for (const SequenceBias& bias : o.sequence_bias) {
        check_sequence("sequence_bias", bias.tokens, vocab);
        check_bias("sequence_bias", bias.bias);
    }
    for (const TokenBias& bias : o.logit_bias) {
        check_sequence("logit_bias", {&bias.token, 1}, vocab);
        check_bias("logit_bias", bias.bias);
    }
    for (auto const& word : o.bad_words) check_sequence("bad_words", word, vocab);
    for (const OwnStep& step : o.own_steps)
        require(step.change != nullptr,
                [] { return "tfm::Sampler: own_steps: expected a function, found none"; });
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
