#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include <nlohmann/json.hpp>

namespace kernel_peers {
namespace {

using Json = nlohmann::ordered_json;

/// Of the operations of one dtype.
const char* unit(Dtype dtype) { return dtype == Dtype::int8 ? "GOP/s" : "GFLOP/s"; }

void print_cell(const Result& result, const Case& measured, double limit_seconds)
{
    const Spread& s = result.seconds;
    std::printf(" %.4g (%.4g-%.4g), %.4g, %.0f %% |", s.median * 1e3, s.min * 1e3, s.max * 1e3,
                measured.operations() / s.median / 1e9, 100.0 * limit_seconds / s.median);
}

Json to_json(const Spread& values)
{
    return {{"median", values.median}, {"min", values.min}, {"max", values.max}};
}

Json to_json(const Library& library)
{
    Json skipped = Json::object();
    for (const Kernel& kernel : library.kernels) {
        if (!kernel.unsupported.empty())
            skipped[std::string(name(kernel.dtype))] = kernel.unsupported;
    }
    return {{"name", library.name}, {"description", library.description}, {"skipped", skipped}};
}

Json to_json(const Measurement& measurement)
{
    const Case& measured = measurement.measured;
    auto const bound = measurement.limits.bound(measured);
    const auto& operations = measurement.limits.operations;
    auto const ratio = measurement.best_peer_by_tfm();
    Json results = Json::array();
    for (const Result& result : measurement.results) {
        double const median = result.seconds.median;
        results.push_back({{"library", result.library},
                           {"seconds", to_json(result.seconds)},
                           {"operations_per_second", measured.operations() / median},
                           {"share_of_limit", bound.seconds / median},
                           {"difference", result.difference}});
    }
    return {{"name", measured.name()},
            {"dtype", name(measured.dtype)},
            {"m", measured.m},
            {"k", measured.weight.k},
            {"n", measured.weight.n},
            {"threads", measured.threads},
            {"peak_operations_per_second", operations ? to_json(*operations) : Json()},
            {"read_bytes_per_second", to_json(measurement.limits.read_bytes)},
            {"limit", {{"by", bound.what}, {"seconds", bound.seconds}}},
            {"results", results},
            {"best_peer_by_tfm", ratio ? Json(ratio->value) : Json()}};
}

} // namespace

void print_preamble(const std::vector<Library>& libraries, const Method& method)
{
    for (const Library& library : libraries) {
        std::printf("- %s %s\n", library.name.c_str(), library.description.c_str());
        for (const Kernel& kernel : library.kernels) {
            if (kernel.unsupported.empty()) continue;
            std::printf("- %s %s skipped: %s\n", library.name.c_str(),
                        std::string(name(kernel.dtype)).c_str(), kernel.unsupported.c_str());
        }
    }
    for (const AbsentLibrary& absent : absent_libraries()) {
        std::printf("- %s: not found when this was built; %s\n", absent.name.c_str(),
                    absent.remedy.c_str());
    }
    if (method.warm) {
        std::printf("\nWarm weights: one copy, used again and again.\n");
    } else {
        std::printf("\nCold weights: copies of %zu MiB take turns.\n", method.cold_mib);
    }
    std::printf(
        "Each cell: ms (least-most of %zu rounds), operations a second, per cent of the "
        "limit.\n"
        "The limit is the longer of two times: the operations at the peak rate, if that is "
        "measured for the dtype,\n"
        "and the weight and x at the read bandwidth, both measured between the rounds.\n"
        "The ratio is the time of the fastest peer by that of tfm: above 1, tfm is faster.\n",
        method.rounds);
}

void MarkdownTables::print(const Measurement& measurement)
{
    const Case& measured = measurement.measured;
    if (std::find(begun_.begin(), begun_.end(), measured.dtype) == begun_.end()) {
        begun_.push_back(measured.dtype);
        print_head(measurement);
    }
    auto const bound = measurement.limits.bound(measured);
    std::printf("| %zu | %zu x %zu | %zu |", measured.m, measured.weight.k, measured.weight.n,
                measured.threads);
    for (const Result& result : measurement.results) print_cell(result, measured, bound.seconds);
    std::printf(" %s %.4g |", bound.what.c_str(), bound.seconds * 1e3);
    if (auto const ratio = measurement.best_peer_by_tfm()) {
        std::printf(" %.2f (%s) |\n", ratio->value, ratio->peer.c_str());
    } else {
        std::printf(" - |\n");
    }
    std::fflush(stdout);
}

void MarkdownTables::print_head(const Measurement& measurement) const
{
    const char* const operations = unit(measurement.measured.dtype);
    std::printf("\n%s, ms and %s:\n\n| M | K x N | threads |",
                std::string(name(measurement.measured.dtype)).c_str(), operations);
    for (const Result& result : measurement.results) std::printf(" %s |", result.library.c_str());
    std::printf(" limit ms | best peer / tfm |\n|---|---|---|");
    for (std::size_t i = 0; i < measurement.results.size(); ++i) std::printf("---|");
    std::printf("---|---|\n");
}

void write_json(tfm::OutputFile& file, const std::vector<Library>& libraries, const Method& method,
                const std::vector<Measurement>& measurements)
{
    Json absent = Json::array();
    for (const AbsentLibrary& library : absent_libraries()) absent.push_back(library.name);
    Json document{{"program", "kernel_peers"},
                  {"libraries", Json::array()},
                  {"absent", absent},
                  {"rounds", method.rounds},
                  {"weights", method.warm ? "warm" : "cold"},
                  {"cases", Json::array()}};
    for (const Library& library : libraries) document["libraries"].push_back(to_json(library));
    for (const Measurement& measurement : measurements) {
        document["cases"].push_back(to_json(measurement));
    }
    file.write(document.dump(2) + "\n");
    file.commit();
}

} // namespace kernel_peers
