#pragma once

/// \file
/// What `tfm perplexity` and `tfm compare` say alike.

#include <string>

#include <tfm/eval/perplexity.hpp>

#include "eval_text.hpp"
#include "report.hpp"

namespace tfm_program {

/// "12.34 (11.98-12.71)": a figure and its interval, with so many decimals.
std::string text_of(const tfm::Estimate& estimate, int decimals);

/// The field `name`, and `name`_interval: two numbers, or null where there is none.
void add_estimate(JsonObject& object, const std::string& name, const tfm::Estimate& estimate);

/// The fields text, tokens, scored_tokens, window and stride.
void add_text(JsonObject& object, const EvalText& text);

/// How the intervals were made: confidence, block, resamples and seed.
JsonObject bootstrap_json();

} // namespace tfm_program
