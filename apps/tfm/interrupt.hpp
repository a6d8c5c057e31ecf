#pragma once

/// \file
/// Ctrl-C while a file is being written: the work unwinds, so that nothing half-written is left.

#include <exception>

namespace tfm_program {

/// Someone asked the program to stop.
class Interrupted : public std::exception {
public:
    explicit Interrupted(int signal) : signal_(signal) {}
    int signal() const noexcept { return signal_; }
    const char* what() const noexcept override { return "interrupted"; }

private:
    int signal_;
};

/// While it lives, SIGINT, SIGTERM and SIGHUP no longer end the program at once; `check()` does,
/// soon after. A second signal of a kind ends it at once. Make one at a time.
class InterruptGuard {
public:
    InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard();

    /// Throws `Interrupted` when a signal came.
    static void check();
};

/// Ends the program by `signal`, as if it had never been caught.
[[noreturn]] void end_by_signal(int signal);

} // namespace tfm_program
