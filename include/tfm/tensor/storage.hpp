#pragma once

/// \file
/// Zeroed, 64-byte aligned memory for tensors.

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "layout.hpp"

namespace tfm::tensor_detail {

/// What `operator new` does when there is no memory.
[[noreturn]] inline void throw_bad_alloc()
{
#if defined(__cpp_exceptions)
    throw std::bad_alloc();
#else
    std::abort();
#endif
}

/// Owns `size` zeroed bytes, or borrows memory that outlives it. Allocation failure is
/// `std::bad_alloc`, as for any container.
class Storage {
public:
    Storage() = default;

    explicit Storage(std::size_t size) : size_(size)
    {
        if (size == 0) return;
        if (is_mapped()) {
            data_ = map(size);
        } else {
            data_ = ::operator new (size, std::align_val_t{alignment});
            std::memset(data_, 0, size);
        }
    }

    static Storage borrow(void* data, std::size_t size) noexcept
    {
        Storage storage;
        storage.data_ = data;
        storage.size_ = size;
        storage.is_owner_ = false;
        return storage;
    }

    Storage(Storage&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          is_owner_(other.is_owner_)
    {
    }

    Storage& operator=(Storage&& other) noexcept
    {
        Storage taken(std::move(other));
        std::swap(data_, taken.data_);
        std::swap(size_, taken.size_);
        std::swap(is_owner_, taken.is_owner_);
        return *this;
    }

    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;

    ~Storage()
    {
        if (data_ == nullptr || !is_owner_) return;
#if defined(__linux__)
        if (is_mapped()) {
            ::munmap(data_, size_);
            return;
        }
#endif
        ::operator delete (data_, std::align_val_t{alignment});
    }

    void* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    /// Large blocks come from the kernel: already zero, committed page by page on first touch (so
    /// by the thread that will read them), and in 2 MiB pages where allowed, because streaming
    /// weights through 4 KiB pages costs a TLB miss and a prefetcher restart every 64 lines.
    static constexpr std::size_t mapping_threshold = std::size_t{1} << 20;

    bool is_mapped() const noexcept
    {
#if defined(__linux__)
        return size_ >= mapping_threshold;
#else
        return false;
#endif
    }

    static void* map([[maybe_unused]] std::size_t size)
    {
#if defined(__linux__)
        void* const data =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (data == MAP_FAILED) throw_bad_alloc();
        ::madvise(data, size, MADV_HUGEPAGE); // Advice: where it is refused, small pages serve.
        return data;
#else
        return nullptr;
#endif
    }

    void* data_ = nullptr;
    std::size_t size_ = 0;
    bool is_owner_ = true;
};

} // namespace tfm::tensor_detail
