/// \file
/// How fast the tokenizer loads, encodes and decodes, in MB/s on one thread.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tfm/text/tokenizer.hpp>

namespace {

constexpr std::string_view usage =
    R"(Usage: tokenizer_speed FOLDER FILE

Times a tokenizer on one thread and prints MB/s (10^6 bytes), the best of five runs:
encoding and decoding FILE, and encoding a megabyte of letters without a single space.

  FOLDER   holds tokenizer.json, or vocab.json and merges.txt
  FILE     a text, of a megabyte or more for steady figures
)";

/// Seconds that the fastest of five calls takes.
template <class Function>
double best_time(Function&& function)
{
    double best = 1e30;
    for (int i = 0; i < 5; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        function();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        best = std::min(best, taken.count());
    }
    return best;
}

/// A megabyte that is one piece to the tokenizer: letters in a fixed pseudo-random order.
std::string spaceless_text()
{
    std::string text(1'000'000, 'a');
    std::uint64_t state = 1;
    for (char& c : text) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        c = "etaoinshrdlucmfwypvbgkjqxz"[(state >> 33) % 26];
    }
    return text;
}

void report(const char* what, const std::string& text, std::size_t tokens, double seconds)
{
    const auto bytes = static_cast<double>(text.size());
    std::printf("%-28s %9zu bytes %8zu tokens %8.1f ms %7.1f MB/s\n", what, text.size(), tokens,
                seconds * 1e3, bytes / seconds / 1e6);
}

int run(const std::string& folder, const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) tfm::fail(file + ": cannot be read");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};

    const double load_time = best_time([&] { (void)tfm::Tokenizer::load(folder); });
    std::printf("%-28s %56.1f ms\n", "load", load_time * 1e3);
    const auto tokenizer = tfm::Tokenizer::load(folder);

    std::vector<std::int32_t> ids;
    const auto time_encoding = [&](const std::string& source) {
        return best_time([&] {
            ids.clear();
            tokenizer.encode(source, ids);
        });
    };
    const std::string spaceless = spaceless_text();
    const double spaceless_time = time_encoding(spaceless);
    report("encode without spaces", spaceless, ids.size(), spaceless_time);
    const double file_time = time_encoding(text);
    report("encode file", text, ids.size(), file_time);
    std::string decoded;
    const double decode_time =
        best_time([&] { decoded = tokenizer.decode(ids, {.skip_special_tokens = true}); });
    report("decode file", text, ids.size(), decode_time);
    if (decoded != text) tfm::fail(file + ": decoding does not give the text back");
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool wants_help =
        std::find(arguments.begin(), arguments.end(), "--help") != arguments.end();
    if (wants_help || arguments.size() != 2) {
        std::fputs(usage.data(), wants_help ? stdout : stderr);
        return wants_help ? 0 : 2;
    }
    try {
        return run(arguments[0], arguments[1]);
    } catch (const tfm::Error& error) {
        std::fprintf(stderr, "tokenizer_speed: %s\n", error.what());
        return 2;
    }
}
