#include "first_token_process.hpp"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/wait.h>
#include <tfm/config.hpp>

#include "../report.hpp"
#include "../token_ids.hpp"
#include "child_process.hpp"

namespace tfm_program {

namespace {

constexpr const char* own_program = "/proc/self/exe";

std::vector<std::string> arguments_of(const FirstTokenRequest& request)
{
    return {own_program,   "generate",
            "--model",     request.model.string(),
            "--tokens",    format_token_ids(request.prompt),
            "--threads",   std::to_string(request.threads),
            "--precision", std::string(request.precision),
            "-n",          "1",
            "--greedy",    "--json"};
}

/// Tells the caller why there is no token: in the words of the process, where it has any.
[[noreturn]] void fail(int status, std::string said)
{
    constexpr std::string_view prefix = "tfm: error: ";
    constexpr int bad_input = 2;
    if (said.starts_with(prefix)) said.erase(0, prefix.size());
    if (WIFEXITED(status) && WEXITSTATUS(status) == bad_input) tfm::fail(said);
    std::string const end = WIFSIGNALED(status)
                                ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                : "ended with status " + std::to_string(WEXITSTATUS(status));
    throw std::runtime_error("tfm generate, run to time its first token, " + end +
                             (said.empty() ? "" : ": " + said));
}

/// The number in a field of the object that this program prints.
double number_of(std::string_view object, const std::string& field)
{
    std::string const key = "\"" + field + "\":";
    std::size_t const at = object.find(key);
    if (at == object.npos) throw std::runtime_error("tfm generate said no " + field);
    return std::stod(std::string(object.substr(at + key.size(), 32)));
}

} // namespace

bool can_start_processes()
{
    std::error_code error;
    return std::filesystem::exists(own_program, error);
}

FirstToken run_first_token_process(const FirstTokenRequest& request)
{
    Stopwatch const stopwatch;
    ChildProcess process(arguments_of(request));
    std::string said;
    while (auto line = process.read_line()) {
        said = std::move(*line);
        if (said.starts_with('{')) break; // before it come the warnings of runtimes, if any
    }
    double const seconds = stopwatch.seconds();
    int const status = process.wait();
    if (status != 0 || !said.starts_with('{')) fail(status, said);
    return {seconds, number_of(said, "peak_rss_bytes")};
}

} // namespace tfm_program
