/// \file
/// Models from the command line: text, tokens, logits and measurements.

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <tfm/config.hpp>

#include "command_line.hpp"
#include "interrupt.hpp"

namespace {

enum ExitStatus { success = 0, unexpected = 1, bad_input = 2 };

/// One line on standard error, whatever bytes the message quotes.
int report(std::string_view message, ExitStatus status)
{
    std::string line = "tfm: error: ";
    for (char const c : message)
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    line += '\n';
    std::fputs(line.c_str(), stderr);
    return status;
}

} // namespace

int main(int count, char** arguments)
{
#if defined(SIGXFSZ)
    // A file larger than the shell allows is then an error as on a full disk: nothing is left.
    std::signal(SIGXFSZ, SIG_IGN);
#endif
#if defined(SIGPIPE)
    // A reader that leaves ends the program quietly, even where the caller ignores the signal.
    std::signal(SIGPIPE, SIG_DFL);
#endif
    try {
        tfm_program::run_command_line(count, arguments);
        return success;
    } catch (const tfm_program::Interrupted& interruption) {
        tfm_program::end_by_signal(interruption.signal());
    } catch (const tfm::Error& error) {
        return report(error.what(), bad_input);
    } catch (const std::bad_alloc&) {
        return report("out of memory", unexpected);
    } catch (const std::exception& error) {
        return report(error.what(), unexpected);
    }
}
