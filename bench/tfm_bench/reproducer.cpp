#include "reproducer.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tfm::bench {

namespace {

/// A word as a shell takes it.
std::string quoted(const std::string& word)
{
    bool const is_plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("_-+=./:,@%").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (is_plain) return word;
    std::string text = "'";
    for (char const c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// Whether an option of Google Benchmark's decides how a row is measured, not what is shown of it.
bool is_of_measuring(std::string_view argument)
{
    return argument.starts_with("--benchmark_min_time=") ||
           argument.starts_with("--benchmark_min_warmup_time=") ||
           argument.starts_with("--benchmark_repetitions=");
}

} // namespace

Reproducer::Reproducer(const std::vector<std::string>& arguments, const Settings& settings)
    : program_(quoted(arguments.at(0))), names_shapes_(!settings.shapes.empty())
{
    for (const std::string& library : settings.vs) options_ += " --vs " + library;
    if (settings.warm) options_ += " --warm";
    if (settings.cold_mib != Settings{}.cold_mib)
        options_ += " --cold-mib " + std::to_string(settings.cold_mib);
    if (settings.tiny) options_ += " --tiny";
    for (const std::string& argument : arguments) {
        if (is_of_measuring(argument)) options_ += " " + quoted(argument);
    }
}

std::string Reproducer::command(const std::string& name, const Shape& shape,
                                std::size_t threads) const
{
    std::string const own = names_shapes_ ? " --shape " + shape.text() : "";
    return program_ + own + " --threads " + std::to_string(threads) + options_ +
           " --benchmark_filter=" + quoted("^" + name + "/");
}

} // namespace tfm::bench
