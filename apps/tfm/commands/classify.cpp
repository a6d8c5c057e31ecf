#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <tfm/config.hpp>

#include "../commands.hpp"
#include "../labels.hpp"
#include "../opened_encoder.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"

namespace tfm_program {

namespace {

/// What a classifier says.
struct Verdict {
    std::vector<std::string> labels;
    std::vector<float> logits;
    std::vector<double> probabilities; ///< empty where the logits are values

    /// The number of the likeliest label.
    std::size_t best() const
    {
        return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) -
                                        logits.begin());
    }
};

Verdict classify(const OpenedEncoder& encoder, const EncoderTokens& text, std::size_t threads)
{
    Verdict verdict{read_labels(encoder.json), {}, {}};
    tfm::require(!verdict.labels.empty(), [&] {
        return encoder.json.path().string() + ": num_labels: expected a classifier's, found 0; " +
               "embed takes models without labels";
    });
    verdict.logits.resize(verdict.labels.size());
    auto const model =
        encoder.load({.pooler = encoder.family.pooler, .labels = verdict.labels.size()});
    tfm::EncoderInput const input = text.input();
    model->classify({&input, 1}, verdict.logits, workspace_for(text, threads));
    verdict.probabilities =
        probabilities_of(verdict.logits, read_probabilities(encoder.json, verdict.labels.size()));
    return verdict;
}

JsonObject json_of(const ClassifyCommand& command, const OpenedEncoder& encoder,
                   const EncoderTokens& text, const Verdict& verdict)
{
    JsonObject object;
    object["model"] = encoder.folder.string();
    object["precision"] = command.model.precision;
    object["tokens"] = text.tokens;
    object["types"] = text.types;
    object["label"] = verdict.labels[verdict.best()];
    object["labels"] = verdict.labels;
    object["logits"] = verdict.logits;
    object["probabilities"] = nullptr;
    if (!verdict.probabilities.empty()) object["probabilities"] = verdict.probabilities;
    object["peak_rss_bytes"] = peak_resident_bytes();
    add_build(object, command.model.threads);
    return object;
}

/// A line for each label, the likeliest first.
void print_lines(const Verdict& verdict)
{
    std::vector<std::size_t> order(verdict.labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return verdict.logits[a] > verdict.logits[b];
    });
    for (std::size_t const i : order) {
        double const value = verdict.probabilities.empty() ? static_cast<double>(verdict.logits[i])
                                                           : verdict.probabilities[i];
        print(fixed(value, 4) + " " + printable(verdict.labels[i]) + "\n");
    }
    flush_output();
}

} // namespace

void run(const ClassifyCommand& command)
{
    OpenedEncoder const encoder = open_encoder(command.model);
    EncoderTokens const text = encoder.read_text(command.text);
    Verdict const verdict = classify(encoder, text, command.model.threads);
    if (command.json) return print_json(json_of(command, encoder, text, verdict));
    print_lines(verdict);
}

} // namespace tfm_program
