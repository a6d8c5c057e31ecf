#pragma once

/// \file
/// Memory that kernels of ordinary tensors pack their operands into.

#include <cstddef>
#include <cstdint>
#include <string>

#include "../config.hpp"
#include "../tensor/tensor.hpp"

#include "../hide_macros.hpp"

namespace tfm {

/// Memory for the kernels that pack an operand at each call, `matmul` of ordinary matrices and
/// `scaled_dot_product_attention`. Sized once, by what `matmul_workspace_bytes` or
/// `attention_workspace_bytes` says of the largest shapes, it serves any number of calls, one at a
/// time: threads have one each. Nothing is kept from one call to the next.
class KernelWorkspace {
public:
    /// Throws `std::bad_alloc` when there is no memory.
    explicit KernelWorkspace(std::size_t bytes) : bytes_(Vec<>(bytes)) {}

    /// Bytes there are.
    std::size_t size_bytes() const noexcept { return bytes_.size_bytes(); }
    /// The first of them, 64-byte aligned.
    std::uint8_t* data() noexcept { return bytes_.data(); }

private:
    Tensor<std::uint8_t, Vec<>> bytes_;
};

namespace tensor_detail {

/// Bytes of `count` elements of T in whole lines, so that what follows them is aligned.
template <class T>
constexpr std::size_t whole_lines(std::size_t count) noexcept
{
    return round_up(count * sizeof(T), alignment);
}

/// Hands out the memory of a workspace, piece after piece.
class Pieces {
public:
    /// Throws `tfm::Error` where the workspace has fewer bytes than `needed`.
    Pieces(const char* kernel, KernelWorkspace& workspace, std::size_t needed)
        : next_(workspace.data())
    {
        require(workspace.size_bytes() >= needed, [&] {
            return std::string(kernel) + ": the workspace has " +
                   std::to_string(workspace.size_bytes()) + " bytes, and these shapes need " +
                   std::to_string(needed);
        });
    }

    /// `count` elements of T, which are whatever they were.
    template <class T>
    T* take(std::size_t count) noexcept
    {
        void* const piece = next_;
        next_ += whole_lines<T>(count);
        return static_cast<T*>(piece);
    }

private:
    std::uint8_t* next_;
};

} // namespace tensor_detail
} // namespace tfm

#include "../restore_macros.hpp"
