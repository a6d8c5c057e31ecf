#pragma once

/// \file
/// The comparison as Markdown, row by row, and as JSON.

#include <vector>

#include <tfm/io/output_file.hpp>

#include "comparison.hpp"
#include "library.hpp"

namespace kernel_peers {

/// Prints what takes part, what does not and why, and how to read the tables.
void print_preamble(const std::vector<Library>& libraries, const Method& method);

/// Prints a row, and before the first one of each dtype the head of its table.
class MarkdownTables {
public:
    void print(const Measurement& measurement);

private:
    void print_head(const Measurement& measurement) const;

    std::vector<Dtype> begun_;
};

/// Writes everything to a file and completes it. Throws `tfm::Error`.
void write_json(tfm::OutputFile& file, const std::vector<Library>& libraries, const Method& method,
                const std::vector<Measurement>& measurements);

} // namespace kernel_peers
