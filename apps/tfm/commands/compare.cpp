#include <algorithm>
#include <vector>

#include <tfm/eval/comparison.hpp>
#include <tfm/eval/perplexity.hpp>

#include "../commands.hpp"
#include "../eval_report.hpp"
#include "../eval_text.hpp"
#include "../model_folder.hpp"
#include "../precisions.hpp"
#include "../progress.hpp"
#include "../standard_streams.hpp"
#include "../text_reader.hpp"

namespace tfm_program {

namespace {

/// Rows of logits of the reference that wait for those of the candidate.
constexpr std::size_t rows_at_once = 128;

/// What two models must have in common.
void check_comparable(const OpenedModel& candidate, const OpenedModel& reference)
{
    std::size_t const expected = candidate.shape.vocab;
    std::size_t const found = reference.shape.vocab;
    tfm::require(found == expected, [&] {
        return "--model-against: expected a model with the vocabulary of " +
               std::to_string(expected) + " tokens of " + candidate.folder.string() + ", found " +
               std::to_string(found) + " tokens in " + reference.folder.string();
    });
}

OpenedModel open_reference(const CompareCommand& command, const OpenedModel& candidate)
{
    tfm::Precision const precision = precision_named(command.against, "--against");
    if (!command.model_against)
        return open_model(candidate.folder, precision, Tokenizer::if_present);
    require_folder(*command.model_against, "--model-against");
    return open_model(*command.model_against, precision, Tokenizer::if_present);
}

/// Throws `tfm::Error` unless the reference's tokenizer, where it has one, makes the same tokens.
void check_tokens(const TextOptions& options, const EvalText& text, const OpenedModel& candidate,
                  const OpenedModel& reference)
{
    if (!reference.tokenizer || reference.folder == candidate.folder) return;
    tfm::require(read_eval_text(options, reference, text.window).tokens == text.tokens, [&] {
        return "--model-against: expected a tokenizer that makes of " + text.file +
               " the tokens that the one in " + candidate.folder.string() +
               " makes, found another in " + reference.folder.string();
    });
}

/// Reads the text with both models.
tfm::ModelComparison compare_models(TextReader& candidate, TextReader& reference,
                                    const EvalText& text)
{
    Progress progress("comparing");
    std::size_t const total = text.scored();
    tfm::ModelComparison comparison;
    std::vector<float> rows;
    for (const tfm::TextWindow& window : text.windows) {
        reference.begin(window);
        candidate.begin(window);
        for (std::size_t token = window.first_scored; token < window.end;) {
            std::size_t const count = std::min(rows_at_once, window.end - token);
            rows.clear();
            reference.foretell(count, [&](std::span<const float> logits) {
                rows.insert(rows.end(), logits.begin(), logits.end());
            });
            std::span<const float> rest(rows);
            candidate.foretell(count, [&](std::span<const float> logits) {
                comparison.add(rest.first(logits.size()), logits, text.tokens[token++]);
                rest = rest.subspan(logits.size());
                progress.update(comparison.tokens(), total);
            });
        }
    }
    return comparison;
}

/// What is said of the perplexities.
struct Perplexities {
    tfm::Estimate candidate;
    tfm::Estimate reference;
    tfm::Estimate ratio; ///< the candidate's over the reference's
};

Perplexities perplexities_of(const tfm::ModelComparison& comparison)
{
    return {tfm::perplexity(comparison.candidate_losses()),
            tfm::perplexity(comparison.reference_losses()),
            tfm::perplexity_ratio(comparison.reference_losses(), comparison.candidate_losses())};
}

JsonObject json_of(const OpenedModel& model, const tfm::Estimate& perplexity)
{
    JsonObject object;
    object["model"] = model.folder.string();
    object["precision"] = tfm::name(model.precision);
    add_estimate(object, "perplexity", perplexity);
    return object;
}

JsonObject json_of(const tfm::DifferenceSummary& differences)
{
    JsonObject object;
    object["mean"] = differences.mean;
    object["median"] = differences.median;
    object["max"] = differences.max;
    return object;
}

void add_comparison(JsonObject& object, const tfm::ModelComparison& comparison)
{
    object["kl_mean"] = comparison.kl_mean();
    object["kl_max"] = comparison.kl_max();
    object["top1_agreement"] = comparison.top1_agreement();
    object["top5_agreement"] = comparison.top5_agreement();
    JsonObject drift;
    drift["absolute"] = json_of(comparison.drift().absolute());
    drift["over_deviation"] = json_of(comparison.drift().relative());
    drift["reference_deviation"] = comparison.drift().reference_deviation();
    drift["median_relative_error"] = tfm::MagnitudeHistogram::relative_error;
    object["logit_drift"] = drift;
}

std::string row_of(const std::string& label, const tfm::DifferenceSummary& differences)
{
    return "| " + label + " | " + significant(differences.mean, 3) + " | " +
           significant(differences.median, 3) + " | " + significant(differences.max, 3) + " |\n";
}

void print_tables(const tfm::ModelComparison& comparison, const Perplexities& perplexities)
{
    print("| perplexity (95 % interval) | |\n|---|---|\n| candidate | " +
          text_of(perplexities.candidate, 3) + " |\n| reference | " +
          text_of(perplexities.reference, 3) + " |\n| candidate over reference | " +
          text_of(perplexities.ratio, 5) + " |\n\n");
    print("| logits | mean | median | max |\n|---|---|---|---|\n" +
          row_of("difference", comparison.drift().absolute()) +
          row_of("over the reference's standard deviation of " +
                     significant(comparison.drift().reference_deviation(), 4),
                 comparison.drift().relative()) +
          "\n");
    print("| next token | |\n|---|---|\n| KL divergence, mean | " +
          significant(comparison.kl_mean(), 3) + " nats |\n| KL divergence, max | " +
          significant(comparison.kl_max(), 3) + " nats |\n| same most likely token | " +
          fixed(100 * comparison.top1_agreement(), 2) + " % |\n| shared of the five likeliest | " +
          fixed(100 * comparison.top5_agreement(), 2) + " % |\n");
    flush_output();
}

} // namespace

void run(const CompareCommand& command)
{
    OpenedModel const candidate = open_model(command.model, Tokenizer::required);
    OpenedModel const reference = open_reference(command, candidate);
    check_comparable(candidate, reference);
    std::size_t const context = std::min(candidate.shape.context, reference.shape.context);
    EvalText const text = read_eval_text(command.text, candidate, context);
    check_tokens(command.text, text, candidate, reference);
    auto const candidate_weights = candidate.load();
    auto const reference_weights = reference.load();
    std::size_t const threads = command.model.threads;
    TextReader candidate_reader(candidate, *candidate_weights, text, threads);
    TextReader reference_reader(reference, *reference_weights, text, threads);
    auto const comparison = compare_models(candidate_reader, reference_reader, text);
    Perplexities const perplexities = perplexities_of(comparison);
    if (command.json) {
        JsonObject object;
        object["candidate"] = json_of(candidate, perplexities.candidate);
        object["reference"] = json_of(reference, perplexities.reference);
        add_text(object, text);
        add_estimate(object, "perplexity_ratio", perplexities.ratio);
        object["bootstrap"] = bootstrap_json();
        add_comparison(object, comparison);
        object["peak_rss_bytes"] = peak_resident_bytes();
        add_build(object, command.model.threads);
        return print_json(object);
    }
    print(describe_build() + "\ncandidate " + candidate.describe() + "\nreference " +
          reference.describe() + "\n" + text.describe() + "\n\n");
    print_tables(comparison, perplexities);
}

} // namespace tfm_program
