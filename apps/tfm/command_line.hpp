#pragma once

/// \file
/// From arguments to commands.

#include <string>

namespace tfm_program {

/// Does what the arguments say. Throws `tfm::Error` for arguments that make no sense and what the
/// commands throw.
void run_command_line(int count, const char* const* arguments);

} // namespace tfm_program
