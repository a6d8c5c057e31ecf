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

/// Whether a terminal obeys a character rather than show it: controls, marks of the direction of
/// writing, which turn what stands around them about, and separators of lines.
bool steers_terminal(char32_t c)
{
    bool const is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool const is_direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                              (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return is_control || is_direction || c == 0x2028 || c == 0x2029;
}

std::string reason(int error)
{
    return error == 0 ? std::string() : " (" + std::generic_category().message(error) + ")";
}

std::string read_all(std::FILE* stream, const std::string& name, std::size_t max_bytes)
{
    constexpr std::size_t piece = std::size_t{1} << 20U;
    std::string text;
    std::size_t size = 0;
    for (;;) {
        if (text.size() < size + piece) text.resize(2 * text.size() + piece);
        errno = 0;
        std::size_t const count = std::fread(text.data() + size, 1, text.size() - size, stream);
        size += count;
        tfm::require(size <= max_bytes, [&] {
            return name + ": expected at most " + std::to_string(max_bytes) +
                   " bytes, more than the model's context can hold; found more";
        });
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

std::string read_standard_input(std::size_t max_bytes)
{
    return read_all(stdin, "standard input", max_bytes);
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes)
{
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    errno = 0;
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path.string().c_str(), "rb"));
    if (file == nullptr) tfm::fail(path.string() + ": cannot be opened" + reason(errno));
    return read_all(file.get(), path.string(), max_bytes);
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

std::string printable(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        tfm::Utf8Step const step = tfm::decode_utf8(text, i);
        std::string_view const bytes = text.substr(i, step.length);
        i += step.length;
        if (step.status == tfm::Utf8Status::complete && !steers_terminal(step.code_point)) {
            result += bytes;
            continue;
        }
        for (char const c : bytes) {
            auto const byte = static_cast<unsigned char>(c);
            result += "\\x";
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
        }
    }
    return result;
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
