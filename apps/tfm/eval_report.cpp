#include "eval_report.hpp"

#include <array>

namespace tfm_program {

std::string text_of(const tfm::Estimate& estimate, int decimals)
{
    std::string text = fixed(estimate.value, decimals);
    if (estimate.interval)
        text += " (" + fixed(estimate.interval->low, decimals) + "-" +
                fixed(estimate.interval->high, decimals) + ")";
    return text;
}

void add_estimate(JsonObject& object, const std::string& name, const tfm::Estimate& estimate)
{
    object[name] = estimate.value;
    JsonValue& interval = object[name + "_interval"];
    if (estimate.interval) interval = std::array{estimate.interval->low, estimate.interval->high};
}

void add_text(JsonObject& object, const EvalText& text)
{
    object["text"] = text.file;
    object["tokens"] = text.tokens.size();
    object["scored_tokens"] = text.scored();
    object["window"] = text.window;
    object["stride"] = text.stride;
}

JsonObject bootstrap_json()
{
    constexpr tfm::BootstrapOptions options;
    JsonObject object;
    object["confidence"] = options.confidence;
    object["block_tokens"] = options.block;
    object["resamples"] = options.resamples;
    object["seed"] = options.seed;
    return object;
}

} // namespace tfm_program
