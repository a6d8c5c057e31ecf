#pragma once

/// \file
/// From the start of a process to its first token.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace tfm_program {

/// What a fresh process is to do.
struct FirstTokenRequest {
    std::filesystem::path model;
    std::string_view precision;
    std::span<const std::int32_t> prompt;
    std::size_t threads;
};

/// What it took.
struct FirstToken {
    double seconds;     ///< from before its start until it had said its first token
    double peak_memory; ///< bytes resident at most
};

/// Whether this program can start itself again.
bool can_start_processes();

/// Runs `tfm generate` for one token as a process of its own. Throws `tfm::Error` with what that
/// says of bad input, and `std::runtime_error` where it fails otherwise.
FirstToken run_first_token_process(const FirstTokenRequest& request);

} // namespace tfm_program
