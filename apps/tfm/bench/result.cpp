#include "result.hpp"

#include <map>

#include "../standard_streams.hpp"

namespace tfm_program {

namespace {

/// Three digits or more.
std::string digits(double value) { return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0); }

std::string quantity(double value, std::string_view unit)
{
    if (unit == "bytes") return human_bytes(static_cast<std::size_t>(value));
    return digits(value).append(" ").append(unit);
}

std::string range(const BenchResult& result)
{
    auto const number = [&](double value) {
        return result.unit == "bytes" ? quantity(value, result.unit) : digits(value);
    };
    return number(result.value.min) + "-" + number(result.value.max);
}

/// Which limit, in the machine's units.
std::string explain_limit(const BenchResult& result)
{
    if (result.limit_by == read_limit) return digits(result.machine.bytes_per_s / 1e9) + " GB/s";
    if (result.limit_by == fma_limit) return digits(result.machine.flops_per_s / 1e9) + " GFLOP/s";
    return std::string(result.limit_by);
}

} // namespace

void print_table_head()
{
    print("| work | threads | median (least-most) | tokens/s | limit | of the limit |\n"
          "|---|---|---|---|---|---|\n");
    flush_output();
}

void print_table_row(const BenchResult& result)
{
    std::string row = "| " + result.name + " | " + std::to_string(result.threads) + " | " +
                      quantity(result.value.median, result.unit) + " (" + range(result) + ") | ";
    if (result.tokens_per_s) row += digits(*result.tokens_per_s);
    row += " | " + explain_limit(result) + ": " + quantity(result.limit, result.unit) + " | " +
           fixed(result.percent_of_limit(), 0) + " % |\n";
    print(row);
    flush_output();
}

JsonObject result_json(const BenchResult& result)
{
    JsonObject object;
    object["name"] = result.name;
    object["threads"] = result.threads;
    object["unit"] = result.unit;
    object["median"] = result.value.median;
    object["min"] = result.value.min;
    object["max"] = result.value.max;
    object["limit"] = result.limit;
    object["limit_by"] = result.limit_by;
    object["percent_of_limit"] = result.percent_of_limit();
    if (result.tokens_per_s) object["tokens_per_s"] = *result.tokens_per_s;
    return object;
}

std::vector<JsonValue> limits_json(std::span<const BenchResult> results)
{
    std::map<std::size_t, std::vector<MachineLimits>> by_threads;
    for (const BenchResult& result : results) by_threads[result.threads].push_back(result.machine);
    std::vector<JsonValue> list;
    for (const auto& [threads, samples] : by_threads) {
        MachineLimits const machine = median_of(samples);
        JsonObject object;
        object["threads"] = threads;
        object["fma_gflops"] = machine.flops_per_s / 1e9;
        object["read_gb_per_s"] = machine.bytes_per_s / 1e9;
        list.push_back(object);
    }
    return list;
}

} // namespace tfm_program
