#pragma once

/// \file
/// A whole file as read-only bytes, mapped where the system can.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "diagnostics.hpp"

#if TFM_HAS_POSIX_FILES
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

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

/// Bytes of `path`, which must be a regular file that is not empty.
inline std::size_t regular_file_size(const std::filesystem::path& path)
{
    std::error_code error;
    auto const status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
        fail(system_failure(path, "cannot be opened", error ? error.value() : ENOENT));
    if (std::filesystem::is_directory(status))
        fail(path.string() + ": expected a file, found a directory");
    if (!std::filesystem::is_regular_file(status))
        fail(path.string() + ": expected a regular file, found a device, pipe or socket");
    auto const size = std::filesystem::file_size(path, error);
    if (error) fail(system_failure(path, "cannot be examined", error.value()));
    if (size == 0) fail(path.string() + ": expected data, found an empty file");
    if (size > static_cast<std::size_t>(PTRDIFF_MAX))
        fail(path.string() + ": the file is larger than the address space");
    return static_cast<std::size_t>(size);
}

#if TFM_HAS_POSIX_FILES
/// Closes a file descriptor at the end of a scope.
struct DescriptorGuard {
    int descriptor;
    explicit DescriptorGuard(int d) noexcept : descriptor(d) {}
    DescriptorGuard(const DescriptorGuard&) = delete;
    DescriptorGuard& operator=(const DescriptorGuard&) = delete;
    ~DescriptorGuard() { ::close(descriptor); }
};
#endif

} // namespace detail

/// A read-only file in memory. Move-only; moving keeps the address of the bytes.
///
/// A mapping reads pages as they are touched. If another process truncates the file meanwhile,
/// touching a page beyond its new end raises SIGBUS; no check can rule that out, so a program that
/// must survive it takes `MappedFile::read`, which copies.
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

    void unmap() noexcept
    {
#if TFM_HAS_POSIX_FILES
        // munmap takes void* although nothing is written.
        if (is_mapped()) ::munmap(const_cast<std::byte*>(data_), size_);
#endif
    }

    std::filesystem::path path_;
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    detail::AlignedBytes copy_; // null when mapped
};

inline MappedFile MappedFile::open(const std::filesystem::path& path)
{
#if TFM_HAS_POSIX_FILES
    detail::regular_file_size(path); // refuses a pipe before `open` could wait for its writer
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) fail(detail::system_failure(path, "cannot be opened", errno));
    {
        detail::DescriptorGuard const guard(descriptor);
        struct stat status {};
        if (::fstat(descriptor, &status) != 0)
            fail(detail::system_failure(path, "cannot be examined", errno));
        // The path may have been given to another file since; what was opened counts.
        if (!S_ISREG(status.st_mode) || status.st_size <= 0)
            fail(path.string() + ": changed while it was opened");
        MappedFile file(path);
        auto const size = static_cast<std::size_t>(status.st_size);
        void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (address != MAP_FAILED) {
            file.data_ = static_cast<const std::byte*>(address);
            file.size_ = size;
            return file;
        }
        if (errno != ENODEV) fail(detail::system_failure(path, "cannot be mapped", errno));
    }
#endif
    return read(path);
}

inline MappedFile MappedFile::read(const std::filesystem::path& path)
{
    std::size_t const size = detail::regular_file_size(path);
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    errno = 0;
    std::unique_ptr<std::FILE, Close> const stream(std::fopen(path.string().c_str(), "rb"));
    if (stream == nullptr) fail(detail::system_failure(path, "cannot be opened", errno));
    MappedFile file(path);
    auto* const memory =
        static_cast<std::byte*>(::operator new[](size, std::align_val_t{64}, std::nothrow));
    if (memory == nullptr)
        fail(path.string() + ": no memory for its " + std::to_string(size) + " bytes");
    file.copy_.reset(memory);
    file.data_ = memory;
    file.size_ = size;
    errno = 0;
    std::size_t const count = std::fread(memory, 1, size, stream.get());
    if (count != size)
        fail(detail::system_failure(
            path, "read " + std::to_string(count) + " of " + std::to_string(size) + " bytes",
            errno));
    return file;
}

inline void MappedFile::release([[maybe_unused]] std::size_t offset,
                                [[maybe_unused]] std::size_t length) const noexcept
{
#if TFM_HAS_POSIX_FILES
    if (!is_mapped() || offset >= size_) return;
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    bool const to_the_end = length >= size_ - offset;
    std::size_t const begin = (offset + page - 1) / page * page;
    // The last page of the file belongs to it alone, so it goes with the file's last byte.
    std::size_t const end = to_the_end ? size_ : (offset + length) / page * page;
    if (begin >= end) return;
    ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
#endif
}

inline void MappedFile::prefetch([[maybe_unused]] std::size_t offset,
                                 [[maybe_unused]] std::size_t length) const noexcept
{
#if TFM_HAS_POSIX_FILES
    if (!is_mapped() || offset >= size_ || length == 0) return;
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::size_t const begin = offset / page * page;
    std::size_t const end = length >= size_ - offset ? size_ : offset + length;
    ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_WILLNEED);
#endif
}

inline void MappedFile::expect_sequential_access() const noexcept
{
#if TFM_HAS_POSIX_FILES
    if (is_mapped()) ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
#endif
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
