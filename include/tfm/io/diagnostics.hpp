#pragma once

/// \file
/// What all of io/ shares: whether there are POSIX calls, and how their failures read.

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "../config.hpp"
#include "../diagnostics.hpp"

#if defined(__unix__) || defined(__APPLE__)
#define TFM_HAS_POSIX_FILES 1
#else
#define TFM_HAS_POSIX_FILES 0
#endif

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// "FILE: what (reason)" for a failed system call; `error` is the `errno` it left.
inline std::string system_failure(const std::filesystem::path& file, std::string_view what,
                                  int error)
{
    std::string message = file.string() + ": " + std::string(what);
    if (error != 0) message += " (" + std::generic_category().message(error) + ")";
    return message;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
