#include "output_folder.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <tfm/config.hpp>
#include <unistd.h>

namespace tfm_program {

void require_new(const std::filesystem::path& file)
{
    std::error_code error;
    bool const is_there = std::filesystem::exists(std::filesystem::symlink_status(file, error));
    tfm::require(!is_there, [&] {
        return file.string() + ": expected no such file, found one; --force replaces it";
    });
}

void make_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::error_code ignored;
    tfm::require(std::filesystem::is_directory(folder, ignored), [&] {
        return folder.string() + ": expected a folder or a place for one: " + error.message();
    });
}

FolderClaim::FolderClaim(const std::filesystem::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    bool const is_taken = errno == EWOULDBLOCK;
    if (is_taken) ::close(descriptor_);
    tfm::require(!is_taken, [&] {
        return folder.string() + ": expected no other process that writes a model there, found one";
    });
}

FolderClaim::~FolderClaim()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace tfm_program
