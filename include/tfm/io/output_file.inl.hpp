#pragma once

/// \file
/// Writing a file beside its target and putting it in place.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "diagnostics.hpp"
#include "output_file.hpp"

#if TFM_HAS_POSIX_FILES
#include <fcntl.h>
#include <unistd.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A name beside `target` that no other process or thread is likely to choose.
inline std::filesystem::path temporary_beside(const std::filesystem::path& target)
{
    static std::atomic<unsigned> counter{0};
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    auto temporary = target;
    temporary += ".tmp-" + std::to_string(now.tv_sec) + "-" + std::to_string(now.tv_nsec) + "-" +
                 std::to_string(counter.fetch_add(1));
    return temporary;
}

} // namespace detail

TFM_INLINE OutputFile::OutputFile(const std::filesystem::path& target, Durability durability)
    : target_(target), durability_(durability)
{
    std::error_code error;
    auto const status = std::filesystem::status(target, error);
    if (std::filesystem::is_directory(status))
        fail(target.string() + ": cannot be written: it is a directory");
    if (std::filesystem::exists(status)) {
        // Renaming over a device or a pipe would replace it by a file.
        if (!std::filesystem::is_regular_file(status))
            fail(target.string() + ": cannot be written: it is not a regular file");
        auto const resolved = std::filesystem::canonical(target, error);
        if (!error) target_ = resolved;
    }
    constexpr int attempts = 16;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        temporary_ = detail::temporary_beside(target_);
        errno = 0;
        // "x": fails where the name is taken, so that no one else's file or link is followed.
        stream_.reset(std::fopen(temporary_.string().c_str(), "wbx"));
        if (stream_ != nullptr) return;
        if (errno != EEXIST) break;
    }
    fail(detail::system_failure(target_, "cannot be written", errno));
}

TFM_INLINE void OutputFile::write(std::span<const std::byte> bytes)
{
    require_open();
    if (bytes.empty()) return;
    errno = 0;
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_.get()) != bytes.size())
        fail_with("cannot be written", errno);
}

TFM_INLINE void OutputFile::commit()
{
    require_open();
    errno = 0;
    if (std::fflush(stream_.get()) != 0) fail_with("cannot be written", errno);
    if (durability_ == Durability::synced) synchronise_content();
    errno = 0;
    // Some file systems report a full disk only now.
    if (std::fclose(stream_.release()) != 0) fail_with("cannot be written", errno);
    std::error_code error;
    std::filesystem::rename(temporary_, target_, error);
    if (error) fail_with("cannot be put in place", error.value());
    temporary_.clear();
    if (durability_ == Durability::synced) synchronise_folder();
}

TFM_INLINE void OutputFile::synchronise_content()
{
#if TFM_HAS_POSIX_FILES
    if (::fsync(::fileno(stream_.get())) != 0) fail_with("cannot be written", errno);
#endif
}

TFM_INLINE void OutputFile::synchronise_folder() const
{
#if TFM_HAS_POSIX_FILES
    auto const parent = target_.parent_path();
    int const folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
    if (folder < 0) return; // the new name is in place, only its durability is unknown
    ::fsync(folder);
    ::close(folder);
#endif
}

TFM_INLINE void OutputFile::require_open() const
{
    if (stream_ == nullptr) fail(target_.string() + ": was already completed");
}

TFM_INLINE void OutputFile::discard() noexcept
{
    stream_.reset();
    if (temporary_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
    temporary_.clear();
}

TFM_INLINE void OutputFile::fail_with(std::string_view what, int error)
{
    discard();
    fail(detail::system_failure(target_, what, error));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
