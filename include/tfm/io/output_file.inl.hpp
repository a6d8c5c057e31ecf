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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// How the names of temporary files beside `target` begin.
inline std::string temporary_prefix(const std::filesystem::path& target)
{
    return target.filename().string() + ".tmp-";
}

/// A name beside `target` that no other process or thread is likely to choose.
inline std::filesystem::path temporary_beside(const std::filesystem::path& target)
{
    static std::atomic<unsigned> counter{0};
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    std::string const name = temporary_prefix(target) + std::to_string(now.tv_sec) + "-" +
                             std::to_string(now.tv_nsec) + "-" +
                             std::to_string(counter.fetch_add(1));
    return target.parent_path() / name;
}

/// Locks a new temporary file until it is closed, so that no other process takes it for left
/// behind. Returns whether it is still there. Without `flock` none is removed.
inline bool claim(std::FILE* stream, const std::filesystem::path& temporary)
{
#if TFM_HAS_POSIX_FILES
    ::flock(::fileno(stream), LOCK_EX | LOCK_NB);
    struct stat status {};
    return ::stat(temporary.c_str(), &status) == 0;
#else
    static_cast<void>(stream), static_cast<void>(temporary);
    return true;
#endif
}

/// Removes what killed processes left beside `target`: files named as if they were temporary that
/// nobody has locked. What cannot be removed stays.
inline void remove_leftovers(const std::filesystem::path& target)
{
#if TFM_HAS_POSIX_FILES
    std::string const prefix = temporary_prefix(target);
    auto const folder = target.has_parent_path() ? target.parent_path() : ".";
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        auto const& path = entry->path();
        std::error_code ignored;
        if (!path.filename().string().starts_with(prefix)) continue;
        if (!std::filesystem::is_regular_file(entry->symlink_status(ignored))) continue;
        int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0) continue;
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove(path, ignored);
        ::close(descriptor);
    }
#else
    static_cast<void>(target);
#endif
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
    detail::remove_leftovers(target_);
    constexpr int attempts = 16;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        temporary_ = detail::temporary_beside(target_);
        errno = 0;
        // "x": fails where the name is taken, so that no one else's file or link is followed.
        stream_.reset(std::fopen(temporary_.string().c_str(), "wbx"));
        if (stream_ == nullptr && errno != EEXIST) break;
        if (stream_ != nullptr && detail::claim(stream_.get(), temporary_)) return;
    }
    temporary_.clear();
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
