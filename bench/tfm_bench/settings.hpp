#pragma once

/// \file
/// What a run of tfm_bench is asked for.

#include <cstddef>
#include <string>
#include <vector>

#include "shape.hpp"

namespace tfm::bench {

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

struct Settings {
    std::vector<Shape> shapes;        ///< in place of those that the kernels' files state
    std::vector<std::string> dtypes;  ///< precisions to run; all where it is empty
    std::vector<std::size_t> threads; ///< each benchmark runs with each of them
    std::vector<std::string> vs;      ///< libraries that take turns with tfm
    std::size_t cold_mib = 1024;      ///< memory that weights cycle through
    bool warm = false;                ///< the same weights in every call
    bool tiny = false;                ///< shapes and buffers for a test
    bool csv = false;                 ///< rows must have equal columns
};

/// 1, 2 and all threads, as far as there are so many.
std::vector<std::size_t> default_thread_counts();

/// Bytes that a buffer may take: a quarter of this machine's memory.
std::size_t largest_buffer();

/// Bytes that cold weights cycle through, those of each library that takes part.
std::size_t cold_bytes(const Settings& settings);

/// Seconds that a library computes before another one's turn.
double turn_seconds(const Settings& settings);

/// Sizes of the buffers that read bandwidth is measured over, in bytes, ascending.
std::vector<std::size_t> read_working_sets(const Settings& settings);

/// Prints the usage to stdout.
void print_help();

/// Settings from a command line without Google Benchmark's options. Throws `BadInput`.
Settings parse_settings(int argc, char** argv);

} // namespace tfm::bench
