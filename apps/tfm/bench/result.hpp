#pragma once

/// \file
/// Figures of `tfm bench`, and what is said of them: rows of a table or one JSON object.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <timing.hpp>

#include "../report.hpp"
#include "machine_limits.hpp"

namespace tfm_program {

/// One figure.
struct BenchResult {
    std::string name;
    std::size_t threads;
    std::string_view unit;    ///< "ms", "s" or "bytes"
    tfm::bench::Spread value; ///< in that unit
    double limit;             ///< the least that it can be, likewise
    std::string_view limit_by;
    std::optional<double> tokens_per_s;
    MachineLimits machine; ///< measured beside it

    double percent_of_limit() const { return 100.0 * limit / value.median; }
};

/// Prints the head of a Markdown table.
void print_table_head();

/// Prints a row of it, so that it is seen at once.
void print_table_row(const BenchResult& result);

/// The fields of a result.
JsonObject result_json(const BenchResult& result);

/// The limits for each number of threads, over all results.
std::vector<JsonValue> limits_json(std::span<const BenchResult> results);

} // namespace tfm_program
