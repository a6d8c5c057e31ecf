#include "interrupt.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>

namespace tfm_program {

namespace {

volatile std::sig_atomic_t caught_signal = 0;

extern "C" void note_signal(int signal)
{
    caught_signal = signal;
    std::signal(signal, SIG_DFL);
}

#if defined(SIGHUP)
constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
#else
constexpr std::array signals{SIGINT, SIGTERM};
#endif

} // namespace

InterruptGuard::InterruptGuard()
{
    for (int const signal : signals) {
        // What the caller ignores, as under nohup, stays ignored.
        if (std::signal(signal, note_signal) == SIG_IGN) std::signal(signal, SIG_IGN);
    }
}

InterruptGuard::~InterruptGuard()
{
    for (int const signal : signals) {
        if (std::signal(signal, SIG_DFL) == SIG_IGN) std::signal(signal, SIG_IGN);
    }
}

void InterruptGuard::check()
{
    if (caught_signal != 0) throw Interrupted(static_cast<int>(caught_signal));
}

void end_by_signal(int signal)
{
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::_Exit(128 + signal);
}

} // namespace tfm_program
