#pragma once

/// \file
/// A process started by this one.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tfm_program {

/// Another process, whose standard output and standard error are read here as one.
class ChildProcess {
public:
    /// Starts the program `arguments[0]`. Throws `std::system_error` when that is impossible.
    explicit ChildProcess(std::vector<std::string> arguments);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    /// Waits for its end.
    ~ChildProcess();

    /// The next line that it prints, without its end; nothing once it prints no more.
    std::optional<std::string> read_line();

    /// Waits for its end and returns the status, as of `waitpid`.
    int wait();

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> output_;
    ::pid_t process_ = 0; ///< 0 once it has ended
};

} // namespace tfm_program
