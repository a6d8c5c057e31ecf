#pragma once

/// \file
/// Reading a small file whole.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "../config.hpp"
#include "mapped_file.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A file's contents, and the name by which messages call it.
struct TextFile {
    std::string name; ///< for errors
    std::string text; ///< all of it
};

namespace detail {

/// Larger files are refused: real vocabularies take a few megabytes.
inline constexpr std::uintmax_t largest_text_file = std::uintmax_t{256} << 20;

/// Reads a file. Fails if it is no regular file, cannot be read, or has more than `most` bytes.
[[nodiscard]] inline TextFile read_text_file(const std::filesystem::path& path,
                                             std::uintmax_t most = largest_text_file)
{
    TextFile file{path.string(), {}};
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    require(std::filesystem::exists(status), [&] { return file.name + ": no such file"; });
    require(std::filesystem::is_regular_file(status),
            [&] { return file.name + ": expected a file, found something else"; });
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    require(!error, [&] { return file.name + ": " + error.message(); });
    require(size <= most, [&] {
        return file.name + ": expected at most " + std::to_string(most) + " bytes, found " +
               std::to_string(size);
    });
    if (size == 0) return file;
    // A copy, which fails with an error where the file shrinks meanwhile.
    MappedFile const bytes = MappedFile::read(path);
    file.text.assign(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size());
    return file;
}

/// The same, or nothing if there is no such file.
[[nodiscard]] inline std::optional<TextFile>
read_text_file_if_present(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    return read_text_file(path);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
