#pragma once

/// \file
/// A file that appears whole or not at all.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "diagnostics.hpp"

#if TFM_HAS_POSIX_FILES
#include <fcntl.h>
#include <unistd.h>
#endif

namespace tfm {

/// Whether a committed file must survive a loss of power (`synced`: waits for the disk).
enum class Durability : std::uint8_t { buffered, synced };

inline namespace TFM_BUILD_NAMESPACE {

/// Writes beside its target and renames into place on `commit()`. Without a commit the destructor
/// removes what was written and the target stays as it was. (A process that is killed may leave
/// the temporary file, never a half-written target.)
class OutputFile {
public:
    /// Creates the temporary file in the folder of `target`, which must exist. A target that is a
    /// link to a file is written where the link points.
    /// \throws tfm::Error when it cannot be created or when `target` exists and is no regular file.
    explicit OutputFile(const std::filesystem::path& target,
                        Durability durability = Durability::buffered);

    /// Leaves `other` without a file.
    OutputFile(OutputFile&& other) noexcept { swap(other); }
    /// Discards what was not committed, and leaves `other` without a file.
    OutputFile& operator=(OutputFile&& other) noexcept
    {
        OutputFile(std::move(other)).swap(*this);
        return *this;
    }
    ~OutputFile() { discard(); }

    /// Appends `bytes`. \throws tfm::Error when the disk is full or another write error occurs.
    void write(std::span<const std::byte> bytes);

    /// Appends `text`, as `write` of bytes does.
    void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

    /// Completes the file and renames it to the target, replacing what was there. Nothing can be
    /// written afterwards.
    /// \throws tfm::Error when data cannot be written out or renamed; the target is then untouched.
    void commit();

    /// Where the file will be.
    const std::filesystem::path& target() const noexcept { return target_; }

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    void swap(OutputFile& other) noexcept
    {
        target_.swap(other.target_);
        temporary_.swap(other.temporary_);
        std::swap(durability_, other.durability_);
        stream_.swap(other.stream_);
    }
    void discard() noexcept;
    [[noreturn]] void fail_with(std::string_view what, int error);
    void require_open() const;
    void synchronise_content();
    void synchronise_folder() const;

    std::filesystem::path target_;
    std::filesystem::path temporary_;
    Durability durability_ = Durability::buffered;
    std::unique_ptr<std::FILE, Close> stream_;
};

namespace detail {

/// A name beside `target` that no other process or thread is likely to choose.
inline std::filesystem::path temporary_beside(const std::filesystem::path& target)
{
    static std::atomic<unsigned> counter{0};
    auto const now = std::chrono::steady_clock::now().time_since_epoch().count();
    auto temporary = target;
    temporary += ".tmp-" + std::to_string(static_cast<std::uint64_t>(now)) + "-" +
                 std::to_string(counter.fetch_add(1));
    return temporary;
}

} // namespace detail

inline OutputFile::OutputFile(const std::filesystem::path& target, Durability durability)
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

inline void OutputFile::write(std::span<const std::byte> bytes)
{
    require_open();
    if (bytes.empty()) return;
    errno = 0;
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_.get()) != bytes.size())
        fail_with("cannot be written", errno);
}

inline void OutputFile::commit()
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

inline void OutputFile::synchronise_content()
{
#if TFM_HAS_POSIX_FILES
    if (::fsync(::fileno(stream_.get())) != 0) fail_with("cannot be written", errno);
#endif
}

inline void OutputFile::synchronise_folder() const
{
#if TFM_HAS_POSIX_FILES
    auto const parent = target_.parent_path();
    int const folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
    if (folder < 0) return; // the new name is in place, only its durability is unknown
    ::fsync(folder);
    ::close(folder);
#endif
}

inline void OutputFile::require_open() const
{
    if (stream_ == nullptr) fail(target_.string() + ": was already completed");
}

inline void OutputFile::discard() noexcept
{
    stream_.reset();
    if (temporary_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
    temporary_.clear();
}

inline void OutputFile::fail_with(std::string_view what, int error)
{
    discard();
    fail(detail::system_failure(target_, what, error));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
