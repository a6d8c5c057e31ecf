#include "run.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include <tfm/models/weight_files.hpp>

#include "../progress.hpp"
#include "first_token_process.hpp"

namespace tfm_program {

namespace {

/// Tokens before the first that a new process makes.
constexpr std::size_t start_prompt = 8;

/// What was timed in each round.
struct Samples {
    std::vector<double> seconds;
    std::vector<MachineLimits> machine;
};

/// Times rounds of work, each beside the limits, after one to warm up.
Samples sample(const TimedRun& run, const LimitMeter& meter, std::size_t rounds, Progress& progress)
{
    Samples samples;
    for (std::size_t round = 0; round <= rounds; ++round) {
        progress.update(round, rounds + 1);
        MachineLimits const machine = meter.measure();
        double const seconds = run();
        if (round == 0) continue;
        samples.machine.push_back(machine);
        samples.seconds.push_back(seconds);
    }
    return samples;
}

/// What is said of the times of some work.
BenchResult time_result(std::string name, std::size_t threads, std::string_view unit,
                        const ForwardCost& cost, const Samples& samples)
{
    double const scale = unit == "ms" ? 1e3 : 1.0;
    tfm::bench::Spread const spread = tfm::bench::spread(samples.seconds);
    MachineLimits const machine = median_of(samples.machine);
    TimeLimit const limit = limit_of(cost, machine);
    return {.name = std::move(name),
            .threads = threads,
            .unit = unit,
            .value = {scale * spread.median, scale * spread.min, scale * spread.max},
            .limit = scale * limit.seconds,
            .limit_by = limit.by,
            .tokens_per_s = {},
            .machine = machine};
}

/// For the line on the terminal.
std::string label(std::string_view name, std::size_t threads)
{
    return std::string(name) + ", " + std::to_string(threads) +
           (threads == 1 ? " thread" : " threads");
}

/// After a parallel region the runtime's threads spin for up to 200 ms, on cores that a new process
/// needs.
void let_threads_sleep() { std::this_thread::sleep_for(std::chrono::milliseconds(250)); }

} // namespace

Bench::Bench(BenchSettings settings, OnResult on_result)
    : settings_(std::move(settings)), on_result_(std::move(on_result))
{
}

void Bench::run(const BenchPlan& plan)
{
    // First, while this process does not hold the weights too.
    if (plan.start || plan.peak_memory) {
        for (std::size_t const threads : settings_.threads) measure_process(plan, threads);
    }
    if (plan.workloads.empty()) return;
    auto const weights = settings_.model.load();
    for (const Workload& workload : plan.workloads) {
        for (std::size_t const threads : settings_.threads) measure(workload, *weights, threads);
    }
}

void Bench::measure(const Workload& workload, const tfm::any::Decoder& weights, std::size_t threads)
{
    Samples samples;
    {
        Progress progress(label(workload.name, threads));
        progress.show();
        LimitMeter const meter(workload.cost, settings_.model.precision, threads);
        samples = sample(workload.prepare(weights, threads), meter, settings_.rounds, progress);
    }
    auto result = time_result(workload.name, threads, workload.unit, workload.cost, samples);
    result.tokens_per_s =
        static_cast<double>(workload.tokens) / tfm::bench::spread(samples.seconds).median;
    on_result_(result);
}

void Bench::measure_process(const BenchPlan& plan, std::size_t threads)
{
    auto const prompt = some_tokens(start_prompt, settings_.model.shape.vocab);
    FirstTokenRequest const request{settings_.model.folder, tfm::name(settings_.model.precision),
                                    prompt, threads};
    std::vector<double> peaks;
    auto const run = [&] {
        let_threads_sleep();
        FirstToken const first = run_first_token_process(request);
        peaks.push_back(first.peak_memory);
        return first.seconds;
    };
    ForwardCost const cost = start_cost();
    Samples samples;
    {
        Progress progress(label(start_name, threads));
        progress.show();
        LimitMeter const meter(cost, settings_.model.precision, threads);
        samples = sample(run, meter, settings_.rounds, progress);
    }
    peaks.erase(peaks.begin()); // of the round to warm up
    auto const time = time_result(std::string(start_name), threads, "ms", cost, samples);
    if (plan.start) on_result_(time);
    if (plan.peak_memory) on_result_(peak_result(time, peaks));
}

ForwardCost Bench::start_cost() const
{
    // Files that are packed at the start are read once more than one that is used where it lies.
    auto const files =
        tfm::open_weight_files(settings_.model.folder, settings_.model.precision.weights);
    double const stored = files.is_packed ? 0 : static_cast<double>(files.tensors.bytes());
    return cost_of_pass({settings_.model.shape, settings_.model.precision}, 1, 0, start_prompt) +
           ForwardCost{stored, 0, 0};
}

BenchResult Bench::peak_result(BenchResult result, const std::vector<double>& peaks) const
{
    result.name = peak_memory_name;
    result.unit = "bytes";
    result.value = tfm::bench::spread(peaks);
    const OpenedModel& model = settings_.model;
    result.limit = static_cast<double>(tfm::any::memory_use(model.shape, model.precision).weights);
    result.limit_by = "weights";
    return result;
}

} // namespace tfm_program
