#pragma once

/// \file
/// A whole file as read-only bytes, mapped where the system can.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// Owned bytes that begin at a multiple of 64.
struct AlignedDelete {
    void operator()(std::byte* bytes) const noexcept
    {
        ::operator delete[](bytes, std::align_val_t{64});
    }
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;

} // namespace detail

/// A read-only file in memory. Move-only; moving keeps the address of the bytes.
///
/// A mapping reads pages as they are touched. If another process truncates the file meanwhile,
/// touching a page beyond its new end raises SIGBUS; no check can rule that out, so a program that
/// must survive it takes `MappedFile::read`, which copies. With the variable TFM_NO_MMAP of the
/// environment set to anything but 0, `open` does that as well, for all files of the process.
class MappedFile {
public:
    /// Maps `path`, or reads it where there is no mmap or the file system does not offer it.
    /// \throws tfm::Error when it is missing, unreadable, empty or not a regular file.
    static MappedFile open(const std::filesystem::path& path);

    /// Copies the whole of `path` into memory that begins at a multiple of 64 bytes.
    /// \throws tfm::Error as `open` does, or when the file shrinks while it is read.
    static MappedFile read(const std::filesystem::path& path);

    /// Leaves `other` without a file.
    MappedFile(MappedFile&& other) noexcept { swap(other); }
    /// Closes what was open, and leaves `other` without a file.
    MappedFile& operator=(MappedFile&& other) noexcept
    {
        MappedFile(std::move(other)).swap(*this);
        return *this;
    }
    ~MappedFile() { unmap(); }

    /// All bytes of the file; valid as long as this object, or the one it was moved to, lives.
    std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

    /// Bytes in the file.
    std::size_t size() const noexcept { return size_; }

    /// The path as it was given.
    const std::filesystem::path& path() const noexcept { return path_; }

    /// Whether the bytes are mapped (true) or copied.
    bool is_mapped() const noexcept { return data_ != nullptr && copy_ == nullptr; }

    /// Gives back the physical pages that lie wholly in [offset, offset + length), once their bytes
    /// are used up. They stay readable: touching them reads the file again. Does nothing for a
    /// copy. A range beyond the end is cut.
    void release(std::size_t offset, std::size_t length) const noexcept;

    /// Asks the system to start reading [offset, offset + length); returns at once.
    void prefetch(std::size_t offset, std::size_t length) const noexcept;

    /// Says that the file will be read front to back once, for larger read-ahead.
    void expect_sequential_access() const noexcept;

private:
    explicit MappedFile(const std::filesystem::path& path) : path_(path) {}

    void swap(MappedFile& other) noexcept
    {
        path_.swap(other.path_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        copy_.swap(other.copy_);
    }

    void unmap() noexcept;

    std::filesystem::path path_;
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    detail::AlignedBytes copy_; // null when mapped
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "mapped_file.inl.hpp"
#endif
