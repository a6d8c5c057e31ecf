#pragma once

/// \file
/// Where the commands that write models put them.

#include <filesystem>

namespace tfm_program {

/// Throws `tfm::Error` when there is such a file.
void require_new(const std::filesystem::path& file);

/// Makes a folder and those above it. Throws `tfm::Error` where that cannot be.
void make_folder(const std::filesystem::path& folder);

/// Keeps other processes of this program from writing a model to a folder, until it is destroyed or
/// the process ends, however it does.
class FolderClaim {
public:
    /// Throws `tfm::Error` where another process writes there. Where the file system has no locks,
    /// none is kept away.
    explicit FolderClaim(const std::filesystem::path& folder);
    FolderClaim(const FolderClaim&) = delete;
    FolderClaim& operator=(const FolderClaim&) = delete;
    ~FolderClaim();

private:
    int descriptor_;
};

} // namespace tfm_program
