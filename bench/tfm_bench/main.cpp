/// \file
/// tfm_bench: every kernel of tfm beside the limits of this machine.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <tfm/simd/build_info.hpp>

#include "bad_input.hpp"
#include "machine_limits.hpp"
#include "opponents.hpp"
#include "reproducer.hpp"
#include "settings.hpp"
#include "suite.hpp"
#include "weight_pool.hpp"

namespace {

using namespace tfm::bench;

std::string in_giga(double per_second, std::string_view unit)
{
    char text[32];
    std::snprintf(text, sizeof(text), " %.1f ", per_second * 1e-9);
    return text + std::string(unit);
}

std::string size_text(std::size_t bytes)
{
    return bytes < mib ? std::to_string(bytes / kib) + " KiB"
                       : std::to_string(bytes / mib) + " MiB";
}

void append(std::string& list, const std::string& item)
{
    if (!list.empty()) list += ", ";
    list += item;
}

/// Writes the limits into the context, which stands before the results on the terminal and in JSON.
void add_context(const MachineLimits& limits)
{
    std::string peaks;
    for (const ComputePeak& peak : limits.peaks) {
        auto const unit = peak.arithmetic == Arithmetic::int8 ? "GOP/s" : "GFLOP/s";
        append(peaks, std::string(peak.unit) + in_giga(peak.operations_per_second, unit));
    }
    std::string reads;
    for (const ReadSpeed& read : limits.reads) {
        append(reads, size_text(read.working_set) + in_giga(read.bytes_per_second, "GB/s"));
    }
    auto const threads = "threads:" + std::to_string(limits.threads);
    benchmark::AddCustomContext("peaks/" + threads, peaks);
    benchmark::AddCustomContext("reads/" + threads, reads);
}

void add_context(const Settings& settings, const Opponents& opponents)
{
    auto const build = tfm::build_info();
    benchmark::AddCustomContext("tfm", std::string(build.version) + ", " + std::string(build.isa) +
                                           ", " + std::string(build.compiler));
    benchmark::AddCustomContext("weights", settings.warm ? "warm"
                                                         : "cold, cycled through " +
                                                               size_text(cold_bytes(settings)));
    if (!settings.vs.empty()) benchmark::AddCustomContext("vs", opponents.description());
}

/// Whether the names of the benchmarks are all that is asked for.
bool wants_list(int argc, char** argv)
{
    constexpr std::string_view flag = "--benchmark_list_tests";
    for (int i = 1; i < argc; ++i) {
        std::string_view const argument(argv[i]);
        if (argument == flag || argument == std::string(flag) + "=true") return true;
    }
    return false;
}

/// Whether Google Benchmark is asked for CSV, on the terminal or in a file.
bool wants_csv(const std::vector<std::string>& arguments)
{
    return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
        return argument.starts_with("--benchmark_") && argument.ends_with("format=csv");
    });
}

int run(int argc, char** argv)
{
    std::vector<std::string> const arguments(argv, argv + argc);
    bool const lists = wants_list(argc, argv);
    benchmark::Initialize(&argc, argv, print_help);
    Settings settings = parse_settings(argc, argv);
    settings.csv = wants_csv(arguments);
    Opponents opponents(settings);
    Reproducer const reproducer(arguments, settings);

    std::vector<MachineLimits> limits; // the figures come when it is known that something runs
    for (std::size_t const threads : settings.threads) limits.push_back({threads, {}, {}});
    WeightPool pool(cold_bytes(settings), settings.warm);
    Suite suite(settings, reproducer, limits, pool, opponents);
    Benchmarks::add_all(suite);
    suite.check();
    if (!lists) {
        std::fputs("tfm_bench: measuring the limits of this machine\n", stderr);
        auto const measured = measure_limits(settings.threads, read_working_sets(settings));
        std::copy(measured.begin(), measured.end(), limits.begin()); // benchmarks refer to these
        add_context(settings, opponents);
        for (const MachineLimits& limit : limits) add_context(limit);
    }
    std::size_t const count = benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return count > 0 ? 0 : 2; // Google Benchmark has said that no name matches
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const BadInput& error) {
        std::fprintf(stderr, "tfm_bench: %s; see tfm_bench --help\n", error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        std::fputs("tfm_bench: not enough memory for the operands of this shape\n", stderr);
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tfm_bench: %s\n", error.what());
        return 1;
    }
}
