#pragma once

/// \file
/// Switches, the one error type, and assertions. Includes nothing of tfm but its version.
///
/// A user may define, before the first include of tfm:
/// - `TFM_ASSERTS` (0 or 1): check preconditions of hot functions; default: 1 without `NDEBUG`.
/// - `TFM_NO_OPENMP`: run on one thread even where the compiler has OpenMP.
///
/// The CMake target tfm::compiled defines `TFM_COMPILED` (see docs/getting-started.md).

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "version.hpp"

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) ||                                     \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
static_assert(
    false,
    "tfm: -ffast-math, -Ofast, -funsafe-math-optimizations and -ffinite-math-only would make its "
    "results wrong, since exponentials need the order of their sums, and checks NaN and infinity: "
    "compile what includes tfm without these flags, or with -fno-fast-math behind them");
#endif

#if !defined(TFM_ASSERTS)
#if defined(NDEBUG)
/// Whether preconditions of hot functions are checked: 0 or 1; see the head of config.hpp.
#define TFM_ASSERTS 0
#else
#define TFM_ASSERTS 1
#endif
#endif

#if defined(_OPENMP) && !defined(TFM_NO_OPENMP)
#define TFM_HAS_OPENMP 1
#define TFM_BUILD_OPENMP omp
#else
#define TFM_HAS_OPENMP 0
#define TFM_BUILD_OPENMP serial
#endif

#if defined(__cpp_exceptions)
#define TFM_HAS_EXCEPTIONS 1
#define TFM_BUILD_EXCEPTIONS throws
#else
#define TFM_HAS_EXCEPTIONS 0
#define TFM_BUILD_EXCEPTIONS nothrow
#endif

#if TFM_ASSERTS
#define TFM_BUILD_ASSERTS checked
#else
#define TFM_BUILD_ASSERTS unchecked
#endif

#define TFM_JOIN3_EXPANDED(a, b, c) a##_##b##_##c
#define TFM_JOIN3(a, b, c) TFM_JOIN3_EXPANDED(a, b, c)

/// Inline namespace of everything whose code depends on a switch above, so that objects built with
/// different switches link into one program without breaking the one-definition rule.
#define TFM_BUILD_NAMESPACE TFM_JOIN3(TFM_BUILD_OPENMP, TFM_BUILD_EXCEPTIONS, TFM_BUILD_ASSERTS)

#if !defined(TFM_COMPILED)
/// Whether headers define what they declare: 0 where tfm::compiled does.
#define TFM_HEADER_ONLY 1
/// Stands before what tfm::compiled may define instead of a header.
#define TFM_INLINE inline
#else
#define TFM_HEADER_ONLY 0
#define TFM_INLINE
#endif

#include "hide_macros.hpp"

namespace tfm {

#if defined(TFM_COMPILED)
namespace config_detail {
/// Fails to compile where a unit's switches are not those of the compiled library, whose namespace
/// `TFM_COMPILED` names.
#define TFM_TEXT_EXPANDED(...) #__VA_ARGS__
#define TFM_TEXT(...) TFM_TEXT_EXPANDED(__VA_ARGS__)
static_assert(
    std::string_view(TFM_TEXT(TFM_COMPILED)) == TFM_TEXT(TFM_BUILD_NAMESPACE),
    "tfm: tfm::compiled was built with other switches than this unit (OpenMP, exceptions, "
    "TFM_ASSERTS): build both alike, or link tfm::tfm, which needs no library");
} // namespace config_detail
#endif

/// The only exception the library throws. The message names the file or argument, what was expected
/// and what was found, in one line.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Called instead of throwing where exceptions are off. It must not return; if it does, the
/// library calls `std::abort`, because it has no way left to stop.
using FailureHandler = void (*)(std::string_view message);

namespace config_detail {
inline FailureHandler failure_handler = nullptr;
}

/// Installs the handler used with `-fno-exceptions` and returns the previous one. Not thread-safe:
/// call it before the first use of the library.
inline FailureHandler set_failure_handler(FailureHandler handler) noexcept
{
    FailureHandler const previous = config_detail::failure_handler;
    config_detail::failure_handler = handler;
    return previous;
}

inline namespace TFM_BUILD_NAMESPACE {

/// Default of a template argument that keeps apart the functions that depend on the switches above
/// and belong to a class that does not.
struct BuildSwitches {};

/// Reports an error the caller can act on: throws `tfm::Error`, or without exceptions calls the
/// failure handler.
[[noreturn]] inline void fail(const std::string& message)
{
#if TFM_HAS_EXCEPTIONS
    throw Error(message);
#else
    if (config_detail::failure_handler != nullptr) config_detail::failure_handler(message);
    std::abort();
#endif
}

/// `fail` unless `condition` holds. The message is only built on failure: `message` is a callable.
template <class Message>
constexpr void require(bool condition, Message&& message)
{
    if (!condition) [[unlikely]]
        fail(std::string(message()));
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "restore_macros.hpp"

/// Checks a precondition of a hot function in builds with `TFM_ASSERTS`; costs nothing otherwise.
#if TFM_ASSERTS
#define TFM_ASSERT(condition, message)                                                             \
    ((condition) ? static_cast<void>(0)                                                            \
                 : ::tfm::fail(std::string("tfm: ") + (message) + " (" #condition ")"))
#else
#define TFM_ASSERT(condition, message) static_cast<void>(0)
#endif
