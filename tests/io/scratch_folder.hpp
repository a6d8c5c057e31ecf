#pragma once

/// \file
/// What the tests of io/ share: a folder of their own, whole files as strings, and the message of
/// the error that a call throws.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include <tfm/config.hpp>

namespace tfm_test {

/// A new empty folder, removed with all it holds at the end of the scope.
class ScratchFolder {
public:
    ScratchFolder()
    {
        std::random_device random;
        do {
            path_ =
                std::filesystem::temp_directory_path() / ("tfm-test-" + std::to_string(random()));
        } while (!std::filesystem::create_directory(path_));
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

    /// Writes `text` to a file here and returns its path.
    std::filesystem::path write(std::string_view name, std::string_view text) const
    {
        auto const file = path_ / name;
        // Some file systems wait for the disk when a file is overwritten.
        std::filesystem::remove(file);
        std::ofstream(file, std::ios::binary).write(text.data(), std::ssize(text));
        return file;
    }

    /// How many files and folders are here.
    std::size_t count() const
    {
        std::size_t entries = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_))
            ++entries;
        return entries;
    }

private:
    std::filesystem::path path_;
};

inline std::string file_text(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string text_of(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// The message of the tfm::Error that `call` throws; "" when it throws none.
template <class Call>
std::string error_of(Call&& call)
{
    try {
        call();
    } catch (const tfm::Error& error) {
        return error.what();
    }
    return "";
}

} // namespace tfm_test
