#pragma once

/// \file
/// Whether the system can start the threads that are asked for.

#include <cstddef>

namespace tfm_program {

/// Threads that may be asked for.
inline constexpr std::size_t max_threads = 1024;

/// Throws `tfm::Error` where the system cannot start the `threads` that the user asked for, whose
/// team would be smaller. 0, the default, asks for none.
void require_threads(std::size_t threads);

} // namespace tfm_program
