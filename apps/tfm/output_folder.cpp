#include "output_folder.hpp"

#include <system_error>

#include <tfm/config.hpp>

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

} // namespace tfm_program
