#include "labels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "report.hpp"
#include "standard_streams.hpp"

namespace tfm_program {

namespace {

/// The names in an object {"0": "NEGATIVE", "1": "POSITIVE"}.
std::vector<std::string> names_of(const tfm::HuggingFaceConfig& json, const JsonObject& id2label)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < id2label.size(); ++i) {
        auto const entry = id2label.find(std::to_string(i));
        if (entry == id2label.end() || !entry->is_string())
            json.refuse("id2label", "names of the labels 0 to " +
                                        std::to_string(id2label.size() - 1) + ", each once");
        names.push_back(*entry);
    }
    return names;
}

} // namespace

std::vector<std::string> read_labels(const tfm::HuggingFaceConfig& json)
{
    JsonObject const root = JsonObject::parse(read_file(json.path()), nullptr, false);
    auto const id2label = root.find("id2label");
    if (id2label != root.end() && id2label->is_object()) return names_of(json, *id2label);
    std::vector<std::string> names;
    std::int64_t const count = json.integer("num_labels", 0, 1 << 20).value_or(2);
    for (std::int64_t i = 0; i < count; ++i) names.push_back("LABEL_" + std::to_string(i));
    return names;
}

Probabilities read_probabilities(const tfm::HuggingFaceConfig& json, std::size_t labels)
{
    std::string const type = json.string("problem_type").value_or("");
    if (type == "regression") return Probabilities::none;
    if (type == "multi_label_classification" || labels == 1) return Probabilities::each;
    return Probabilities::together;
}

std::vector<double> probabilities_of(std::span<const float> logits, Probabilities kind)
{
    std::vector<double> values(logits.begin(), logits.end());
    if (kind == Probabilities::none || values.empty()) return {};
    if (kind == Probabilities::each) {
        for (double& value : values) value = 1.0 / (1.0 + std::exp(-value));
        return values;
    }
    double const largest = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (double& value : values) sum += value = std::exp(value - largest);
    for (double& value : values) value /= sum;
    return values;
}

} // namespace tfm_program
