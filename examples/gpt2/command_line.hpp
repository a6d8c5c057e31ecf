#pragma once

/// \file
/// From arguments to commands.

#include <string>

namespace gpt2_program {

/// Does what the arguments say. Throws `tfm::Error` for arguments that make no sense and what the
/// commands throw.
void run_command_line(int count, const char* const* arguments);

} // namespace gpt2_program
