#pragma once

#include <cstddef>
#include <cstdio>

#include <unistd.h>

namespace sst2_program {

/// A line on standard error that says how far the work has got, where that is a terminal.
inline void show_progress(const char* what, std::size_t done, std::size_t total)
{
    if (::isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r%s %zu %%\033[K%s", what, 100 * done / total,
                 done == total ? "\r\033[K" : "");
}

} // namespace sst2_program
