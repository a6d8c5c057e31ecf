#include "standard_streams.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <tfm/config.hpp>
#include <tfm/text/utf8.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace tfm_program {

namespace {

std::string reason(int error)
{
    return error == 0 ? std::string() : " (" + std::generic_category().message(error) + ")";
}

std::string read_all(std::FILE* stream, const std::string& name)
{
    constexpr std::size_t piece = std::size_t{1} << 20U;
    std::string text;
    std::size_t size = 0;
    for (;;) {
        if (text.size() < size + piece) text.resize(2 * text.size() + piece);
        errno = 0;
        std::size_t const count = std::fread(text.data() + size, 1, text.size() - size, stream);
        size += count;
        if (count > 0) continue;
        if (std::ferror(stream) != 0) tfm::fail(name + ": cannot be read" + reason(errno));
        text.resize(size);
        return text;
    }
}

[[noreturn]] void fail_output(int error)
{
    throw OutputFailure("standard output: cannot be written" + reason(error));
}

} // namespace

bool is_terminal(std::FILE* stream)
{
#if defined(__unix__) || defined(__APPLE__)
    return ::isatty(::fileno(stream)) == 1;
#else
    static_cast<void>(stream);
    return false;
#endif
}

std::string read_standard_input() { return read_all(stdin, "standard input"); }

std::string read_file(const std::filesystem::path& path)
{
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    errno = 0;
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path.string().c_str(), "rb"));
    if (file == nullptr) tfm::fail(path.string() + ": cannot be opened" + reason(errno));
    return read_all(file.get(), path.string());
}

std::string_view without_line_ending(std::string_view text)
{
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

std::string in_quotes(std::string_view text)
{
    constexpr std::size_t limit = 64;
    if (text.size() <= limit) return "'" + std::string(text) + "'";
    std::size_t const end = limit - tfm::incomplete_utf8_tail(text.substr(0, limit));
    return "'" + std::string(text.substr(0, end)) + "...'";
}

void print(std::string_view text)
{
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_output(errno);
}

void flush_output()
{
    errno = 0;
    if (std::fflush(stdout) != 0) fail_output(errno);
}

} // namespace tfm_program
