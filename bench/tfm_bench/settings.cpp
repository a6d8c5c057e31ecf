#include "settings.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>
#include <tfm/parallel.hpp>
#include <unistd.h>

namespace tfm::bench {

namespace {

void declare(CLI::App& app, Settings& settings)
{
    app.set_help_flag(); // Google Benchmark has its own, which prints ours
    app.add_option("--threads", settings.threads,
                   "Thread counts, separated by commas (default: 1, 2 and all)")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024));
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
    return settings.tiny ? mib : std::min(settings.cold_mib * mib, largest_buffer());
}

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
                 "docs/benchmarks.md.",
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
        std::fprintf(stderr, "tfm_bench: %s; see tfm_bench --help\n", error.what());
        std::exit(2);
    }
    if (settings.threads.empty()) settings.threads = default_thread_counts();
    return settings;
}

} // namespace tfm::bench
