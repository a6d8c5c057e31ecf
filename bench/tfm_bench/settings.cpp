#include "settings.hpp"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>
#include <tfm/parallel.hpp>
#include <unistd.h>

#include "bad_input.hpp"
#include "precision.hpp"

namespace tfm::bench {

namespace {

void declare(CLI::App& app, Settings& settings)
{
    app.set_help_flag(); // Google Benchmark has its own, which prints ours
    app.add_option_function<std::vector<std::string>>(
        "--shape",
        [&](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) settings.shapes.push_back(parse_shape(text));
        },
        "A shape of your own, such as m:7,k:640,n:1920, for every kernel with these axes: those in "
        "its names (--benchmark_list_tests). May be given several times");
    app.add_option("--dtype", settings.dtypes, "Only these precisions, separated by commas")
        ->delimiter(',')
        ->check(CLI::IsMember(
            std::vector<std::string>(std::begin(precision_names), std::end(precision_names))));
    app.add_option("--threads", settings.threads,
                   "Thread counts, separated by commas (default: 1, 2 and all)")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024));
    app.add_option("--vs", settings.vs,
                   "Libraries that take turns with tfm's matmul, separated by commas: eigen, "
                   "onednn, openblas")
        ->delimiter(',');
    app.add_option("--cold-mib", settings.cold_mib,
                   "Memory that weights cycle through, at most a quarter of the machine's")
        ->check(CLI::Range(1, 1024 * 1024))
        ->capture_default_str();
    app.add_flag("--warm", settings.warm, "The same weights in every call");
    app.add_flag("--tiny", settings.tiny, "Tiny shapes: tests the program, not the machine");
}

} // namespace

std::vector<std::size_t> default_thread_counts()
{
    std::size_t const all = default_threads();
    std::vector<std::size_t> counts{1};
    if (all >= 2) counts.push_back(2);
    if (all > 2) counts.push_back(all);
    return counts;
}

std::size_t largest_buffer()
{
    auto const pages = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES));
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 4;
}

std::size_t cold_bytes(const Settings& settings)
{
    if (settings.tiny) return mib;
    return std::min(settings.cold_mib * mib, largest_buffer() / (1 + settings.vs.size()));
}

double turn_seconds(const Settings& settings) { return settings.tiny ? 5e-4 : 0.02; }

std::vector<std::size_t> read_working_sets(const Settings& settings)
{
    if (settings.tiny) return {32 * kib, 256 * kib, mib};
    std::vector<std::size_t> sizes{32 * kib,  mib,       8 * mib,   32 * mib,
                                   128 * mib, 512 * mib, 1024 * mib};
    std::size_t const largest = largest_buffer();
    sizes.erase(std::upper_bound(sizes.begin(), sizes.end(), largest), sizes.end());
    return sizes;
}

void print_help()
{
    Settings settings;
    CLI::App app("Times every kernel of tfm beside the limits of this machine, which are measured "
                 "first.\nNames are KERNEL/PRECISION/EXTENT:SIZE/.../threads:N. See "
                 "docs/benchmarks.md.\nExits with 2 for a wrong command line, with 1 where "
                 "something fails later.",
                 "tfm_bench");
    declare(app, settings);
    std::cout << app.help() << "\nand of Google Benchmark:\n";
    benchmark::PrintDefaultHelp();
}

Settings parse_settings(int argc, char** argv)
{
    Settings settings;
    CLI::App app("", "tfm_bench");
    declare(app, settings);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        throw BadInput(error.what());
    }
    if (settings.threads.empty()) settings.threads = default_thread_counts();
    return settings;
}

} // namespace tfm::bench
