#pragma once

/// \file
/// Whole inputs and checked output: what a command reads and prints.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tfm_program {

/// Standard output takes no more, for a reason other than a reader that left.
class OutputFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Whether a person reads or types at the other end.
bool is_terminal(std::FILE* stream);

/// All bytes of standard input. Throws `tfm::Error` when it cannot be read, or has more than
/// `max_bytes`, which some model's context cannot hold.
std::string read_standard_input(std::size_t max_bytes = SIZE_MAX);

/// All bytes of a file, which may be a pipe or without an end. Throws `tfm::Error` naming it
/// likewise.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = SIZE_MAX);

/// `text` without one line ending at its end, which editors and `echo` add to a prompt.
std::string_view without_line_ending(std::string_view text);

/// `text` in single quotes for an error message, cut where it is long.
std::string in_quotes(std::string_view text);

/// A text of a file's with the bytes of control characters, marks of the direction of writing,
/// separators of lines and what is not UTF-8 as `\xHH`, so that it cannot steer a terminal.
std::string printable(std::string_view text);

/// Appends to standard output. Throws `OutputFailure`.
void print(std::string_view text);

/// Hands over what was printed. Throws `OutputFailure`.
void flush_output();

} // namespace tfm_program
