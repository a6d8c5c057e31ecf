#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tfm_program {

namespace {

void require_no(int error, const std::string& what)
{
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// Null-terminated, as the system takes them.
std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// Starts a process that prints into `pipe`.
::pid_t start(std::vector<std::string>& arguments, const std::array<int, 2>& pipe)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addclose(&files, pipe[0]);
    posix_spawn_file_actions_adddup2(&files, pipe[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, pipe[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&files, pipe[1]);
    ::pid_t process = 0;
    int const error = ::posix_spawn(&process, arguments[0].c_str(), &files, nullptr,
                                    pointers(arguments).data(), environ);
    posix_spawn_file_actions_destroy(&files);
    ::close(pipe[1]);
    require_no(error, "cannot run " + arguments[0]);
    return process;
}

} // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments)
{
    std::array<int, 2> pipe{};
    require_no(::pipe(pipe.data()) == 0 ? 0 : errno, "cannot make a pipe");
    output_.reset(::fdopen(pipe[0], "r"));
    process_ = start(arguments, pipe);
}

ChildProcess::~ChildProcess() { wait(); }

std::optional<std::string> ChildProcess::read_line()
{
    std::string line;
    int c = std::fgetc(output_.get());
    if (c == EOF) return std::nullopt;
    for (; c != EOF && c != '\n'; c = std::fgetc(output_.get())) line += static_cast<char>(c);
    return line;
}

int ChildProcess::wait()
{
    if (process_ == 0) return 0;
    while (read_line()) { // so that it never waits for a reader
    }
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return status;
}

} // namespace tfm_program
