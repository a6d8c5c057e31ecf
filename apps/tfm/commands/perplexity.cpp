#include <numeric>
#include <vector>

#include <tfm/eval/logit_row.hpp>
#include <tfm/eval/perplexity.hpp>

#include "../commands.hpp"
#include "../eval_report.hpp"
#include "../eval_text.hpp"
#include "../progress.hpp"
#include "../standard_streams.hpp"
#include "../text_reader.hpp"

namespace tfm_program {

namespace {

/// The loss of every token that is scored.
std::vector<double> losses_of(TextReader& reader, const EvalText& text)
{
    Progress progress("scoring");
    std::size_t const total = text.scored();
    std::vector<double> losses;
    losses.reserve(total);
    for (const tfm::TextWindow& window : text.windows) {
        reader.begin(window);
        std::size_t token = window.first_scored;
        reader.foretell(window.end - token, [&](std::span<const float> logits) {
            losses.push_back(tfm::LogitRow(logits).loss(text.tokens[token++]));
            progress.update(losses.size(), total);
        });
    }
    return losses;
}

} // namespace

void run(const PerplexityCommand& command)
{
    OpenedModel const model = open_model(command.model, Tokenizer::required);
    EvalText const text = read_eval_text(command.text, model, model.shape.context);
    auto const weights = model.load();
    Stopwatch const stopwatch;
    TextReader reader(model, *weights, text, command.model.threads);
    auto const losses = losses_of(reader, text);
    double const tokens_per_s = static_cast<double>(losses.size()) / stopwatch.seconds();
    tfm::Estimate const perplexity = tfm::perplexity(losses);
    double const mean =
        std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
    if (command.json) {
        JsonObject object;
        object["model"] = model.folder.string();
        object["precision"] = tfm::name(model.precision);
        add_text(object, text);
        add_estimate(object, "perplexity", perplexity);
        object["nats_per_token"] = mean;
        object["bootstrap"] = bootstrap_json();
        object["tokens_per_s"] = tokens_per_s;
        object["peak_rss_bytes"] = peak_resident_bytes();
        add_build(object, command.model.threads);
        return print_json(object);
    }
    print(describe_build() + "\n" + model.describe() + "\n" + text.describe() + "\n\n");
    print("| perplexity (95 % interval) | nats per token | tokens scored per second |\n"
          "|---|---|---|\n| " +
          text_of(perplexity, 3) + " | " + fixed(mean, 4) + " | " + fixed(tokens_per_s, 0) +
          " |\n");
    flush_output();
}

} // namespace tfm_program
