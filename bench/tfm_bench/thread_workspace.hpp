#pragma once

/// \file
/// What kernels that pack an operand at each call work in.

#include <cstddef>

#include <tfm/kernels/kernel_workspace.hpp>

namespace tfm::bench {

/// The calling thread's workspace, of at least `bytes`: a benchmark's first call makes it.
inline KernelWorkspace& thread_workspace(std::size_t bytes)
{
    thread_local KernelWorkspace workspace(0);
    if (workspace.size_bytes() < bytes) workspace = KernelWorkspace(bytes);
    return workspace;
}

} // namespace tfm::bench
