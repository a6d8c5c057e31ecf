#pragma once

/// \file
/// `pause_core`: what a thread does between two looks at a word that another will write.

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Leaves the core's units to its other hardware thread for some cycles.
inline void pause_core() noexcept
{
#if defined(__x86_64__) || defined(__i386__)
    asm volatile("pause" ::: "memory");
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory"); // `yield` does nothing on CPUs without hardware threads
#endif
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
