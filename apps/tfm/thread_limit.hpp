#pragma once

/// \file
/// Whether the system can start the threads that are asked for.

#include <cstddef>

namespace tfm_program {

/// Threads that may be asked for.
inline constexpr std::size_t max_threads = 1024;

/// Throws `tfm::Error` where the system cannot start a team of `threads` (0: the runtime's own
/// number): OpenMP would end the program, or wait forever.
void require_threads(std::size_t threads);

} // namespace tfm_program
