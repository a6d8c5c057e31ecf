#pragma once

/// \file
/// Mapping and reading files.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "diagnostics.hpp"
#include "mapped_file.hpp"

#if TFM_HAS_POSIX_FILES
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

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

#if TFM_HAS_POSIX_FILES
/// Whether the environment asks for copies.
inline bool is_mapping_off() noexcept
{
    const char* const variable = std::getenv("TFM_NO_MMAP");
    std::string_view const value = variable == nullptr ? "" : variable;
    return !value.empty() && value != "0";
}
#endif

} // namespace detail

TFM_INLINE MappedFile MappedFile::open(const std::filesystem::path& path)
{
#if TFM_HAS_POSIX_FILES
    if (detail::is_mapping_off()) return read(path);
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

TFM_INLINE MappedFile MappedFile::read(const std::filesystem::path& path)
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

TFM_INLINE void MappedFile::release([[maybe_unused]] std::size_t offset,
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

TFM_INLINE void MappedFile::prefetch([[maybe_unused]] std::size_t offset,
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

TFM_INLINE void MappedFile::expect_sequential_access() const noexcept
{
#if TFM_HAS_POSIX_FILES
    if (is_mapped()) ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
#endif
}

TFM_INLINE void MappedFile::unmap() noexcept
{
#if TFM_HAS_POSIX_FILES
    // munmap takes void* although nothing is written.
    if (is_mapped()) ::munmap(const_cast<std::byte*>(data_), size_);
#endif
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
