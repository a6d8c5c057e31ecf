#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "../bench/run.hpp"
#include "../commands.hpp"
#include "../standard_streams.hpp"

namespace tfm_program {

namespace {

/// The numbers of threads that the runtime gives for those asked for, each once.
std::vector<std::size_t> thread_counts(const BenchCommand& command)
{
    auto const asked = command.threads.empty() ? std::vector<std::size_t>{1, 0} : command.threads;
    std::vector<std::size_t> counts;
    for (std::size_t const threads : asked) {
        std::size_t const given = team_size(threads);
        if (std::find(counts.begin(), counts.end(), given) == counts.end()) counts.push_back(given);
    }
    return counts;
}

void warn_of_skipped(const BenchPlan& plan)
{
    for (const SkippedWorkload& skipped : plan.skipped) {
        std::string const text = "tfm: left out " + skipped.name + ": " + skipped.reason + "\n";
        std::fputs(text.c_str(), stderr);
    }
}

void print_heading(const OpenedModel& model, const BenchSettings& settings)
{
    std::string threads;
    for (std::size_t const count : settings.threads)
        threads += (threads.empty() ? "" : ", ") + std::to_string(count);
    print(describe_build() + "; measured on threads: " + threads + "\n" + model.describe() +
          "; rounds: " + std::to_string(settings.rounds) + "\n\n");
    print_table_head();
}

JsonObject summary_of(const BenchSettings& settings, const BenchPlan& plan,
                      const std::vector<BenchResult>& results)
{
    JsonObject object;
    object["model"] = settings.model.folder.string();
    object["shape"] = shape_json(settings.model.shape);
    object["precision"] = tfm::name(settings.model.precision);
    JsonObject build;
    add_build(build, 0);
    object["build"] = build;
    object["rounds"] = settings.rounds;
    std::vector<JsonValue> rows;
    for (const BenchResult& result : results) rows.push_back(result_json(result));
    object["results"] = rows;
    object["limits"] = limits_json(results);
    std::vector<JsonValue> skipped;
    for (const SkippedWorkload& workload : plan.skipped) {
        JsonObject entry;
        entry["name"] = workload.name;
        entry["reason"] = workload.reason;
        skipped.push_back(entry);
    }
    object["skipped"] = skipped;
    return object;
}

} // namespace

void run(const BenchCommand& command)
{
    ModelOptions const options{.folder = command.folder, .precision = command.precision};
    OpenedModel const model = open_model(options, Tokenizer::if_present);
    BenchPlan const plan = plan_bench({model.shape, model.precision}, command.only);
    BenchSettings const settings{model, thread_counts(command), command.rounds};
    warn_of_skipped(plan);
    if (!command.json) {
        print_heading(model, settings);
        Bench(settings, print_table_row).run(plan);
        return;
    }
    std::vector<BenchResult> results;
    Bench(settings, [&](const BenchResult& result) { results.push_back(result); }).run(plan);
    print_json(summary_of(settings, plan, results));
}

} // namespace tfm_program
