#include "labels.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace tfm_program {

namespace {

/// The names in id2label, which holds them as {"0": "NEGATIVE", "1": "POSITIVE"} in any order.
std::vector<std::string> names_in(const tfm::HuggingFaceConfig& json, const tfm::Json& id2label)
{
    if (!id2label.is_object())
        json.refuse("id2label", "an object of names by number, such as {\"0\": \"NEGATIVE\"}");
    std::vector<std::string> names(id2label.items().size());
    std::vector<bool> is_named(names.size());
    for (const auto& [key, value] : id2label.items()) {
        std::size_t id = names.size();
        auto const end = key.data() + key.size();
        bool const is_number = std::from_chars(key.data(), end, id).ptr == end;
        auto const name = value.string();
        if (!is_number || id >= names.size() || is_named[id] || !name)
            json.refuse("id2label", "names of the labels 0 to " + std::to_string(names.size() - 1) +
                                        ", each once");
        names[id] = *name;
        is_named[id] = true;
    }
    return names;
}

} // namespace

std::vector<std::string> read_labels(const tfm::HuggingFaceConfig& json)
{
    auto const id2label = json.find("id2label");
    if (id2label) return names_in(json, *id2label);
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
