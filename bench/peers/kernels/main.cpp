/// \file
/// Command line of kernel_peers.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <tfm/config.hpp>
#include <tfm/io/output_file.hpp>
#include <tfm/parallel.hpp>

#include "cases.hpp"
#include "comparison.hpp"
#include "report.hpp"

namespace {

using namespace kernel_peers;

struct Options {
    CaseChoice choice;
    Method method;
    std::vector<std::string> names;
    std::filesystem::path json;
    bool tiny = false;
};

/// Shapes and times of a test: every code path, no figure worth a look.
void make_tiny(Options& options)
{
    options.choice.rows = {1, 17};
    options.choice.weights = {{64, 96}, {37, 50}};
    options.method.rounds = 5;
    options.method.sample_seconds = 5e-4;
    options.method.cold_mib = 1;
}

void describe(CLI::App& app, Options& options, const std::vector<std::string>& names)
{
    options.names = names;
    options.choice.threads = {1};
    if (tfm::default_threads() > 1) options.choice.threads.push_back(tfm::default_threads());
    app.add_option("--threads", options.choice.threads, "Thread counts to time")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--rounds", options.method.rounds, "Timed rounds")
        ->check(CLI::Range(5, 1000))
        ->capture_default_str();
    app.add_option("--filter", options.choice.filter,
                   "Only cases whose name, such as fp32/m:1/k:768/n:2304/threads:2, holds this "
                   "regular expression");
    app.add_option("--libraries", options.names, "Only these libraries")
        ->delimiter(',')
        ->check(CLI::IsMember(names, CLI::ignore_case))
        ->capture_default_str();
    auto* const warm =
        app.add_flag("--warm", options.method.warm, "Use one copy of each weight again and again");
    app.add_option("--cold-mib", options.method.cold_mib,
                   "MiB that the copies of a weight fill which take turns")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str()
        ->excludes(warm);
    app.add_option("--json", options.json, "Also write everything to this file");
    app.add_flag("--tiny", options.tiny, "Tiny shapes and short times, to see that all works");
}

/// Whether a library has a dtype on this CPU.
bool is_supported(Dtype dtype, const std::vector<Library>& chosen)
{
    return std::any_of(chosen.begin(), chosen.end(), [&](const Library& library) {
        return std::any_of(library.kernels.begin(), library.kernels.end(),
                           [&](const Kernel& kernel) {
                               return kernel.dtype == dtype && kernel.unsupported.empty();
                           });
    });
}

/// The groups of cases that are asked for and can run. Throws `tfm::Error` when there are none.
std::vector<CaseGroup> choose_groups(const CaseChoice& choice, const std::vector<Library>& chosen)
{
    auto groups = group_cases(choice);
    std::erase_if(
        groups, [&](const CaseGroup& group) { return !is_supported(group.front().dtype, chosen); });
    if (groups.empty()) {
        tfm::fail("--filter '" + choice.filter +
                  "' matches no case that the libraries chosen have on this CPU");
    }
    return groups;
}

/// Runs all groups. \returns what was measured.
std::vector<Measurement> run(const std::vector<CaseGroup>& groups,
                             const std::vector<Library>& chosen, const Method& method)
{
    std::vector<Measurement> measurements;
    MarkdownTables tables;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const Case& first = groups[i].front();
        std::fprintf(stderr, "kernel_peers: %s, %zu x %zu (%zu of %zu)\n",
                     std::string(name(first.dtype)).c_str(), first.weight.k, first.weight.n, i + 1,
                     groups.size());
        compare(groups[i], chosen, method, [&](const Measurement& measurement) {
            tables.print(measurement);
            measurements.push_back(measurement);
        });
    }
    return measurements;
}

/// \returns the exit code. What went wrong beside bad arguments is thrown.
int run_program(int argc, char** argv)
{
    std::vector<Library> all = peers();
    all.insert(all.begin(), tfm_library());
    std::vector<std::string> names(all.size());
    std::transform(all.begin(), all.end(), names.begin(),
                   [](const Library& library) { return library.name; });
    Options options;
    CLI::App app("Times y = x W of tfm beside other libraries on the shapes of GPT-2, by turns in "
                 "one process, after checking the products against each other. Prints Markdown. "
                 "Exits 1 where a product is wrong, 2 for bad input.");
    describe(app, options, names);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (options.tiny) make_tiny(options);
    std::erase_if(all, [&](const Library& library) {
        return !CLI::IsMember(options.names, CLI::ignore_case)(library.name).empty();
    });
    auto const groups = choose_groups(options.choice, all);
    std::optional<tfm::OutputFile> json; // opened now: a bad path is told before minutes are spent
    if (!options.json.empty()) json.emplace(options.json);
    print_preamble(all, options.method);
    auto const measurements = run(groups, all, options.method);
    if (json) write_json(*json, all, options.method, measurements);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run_program(argc, argv);
    } catch (const WrongProduct& error) {
        std::fprintf(stderr, "kernel_peers: %s\n", error.what());
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "kernel_peers: %s\n", error.what());
        return 2;
    }
}
