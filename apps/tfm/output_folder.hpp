#pragma once

/// \file
/// Where the commands that write models put them.

#include <filesystem>

namespace tfm_program {

/// Throws `tfm::Error` when there is such a file.
void require_new(const std::filesystem::path& file);

/// Makes a folder and those above it. Throws `tfm::Error` where that cannot be.
void make_folder(const std::filesystem::path& folder);

} // namespace tfm_program
