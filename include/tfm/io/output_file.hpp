#pragma once

/// \file
/// A file that appears whole or not at all.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "../config.hpp"

namespace tfm {

/// Whether a committed file must survive a loss of power (`synced`: waits for the disk).
enum class Durability : std::uint8_t { buffered, synced };

inline namespace TFM_BUILD_NAMESPACE {

/// Writes beside its target and renames into place on `commit()`. Without a commit the destructor
/// removes what was written and the target stays as it was. (A process that is killed may leave
/// the temporary file, never a half-written target; the next that writes the same target removes
/// it. Where the system has `flock`, the file is locked while it is written, and so told from one
/// that nobody writes any more.)
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

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "output_file.inl.hpp"
#endif
