#include "mutator.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tfm_fuzz {

namespace {

/// A header of a safetensors file within an input: eight bytes of its length, and an object.
struct Header {
    std::size_t begin; ///< of the length
    std::size_t end;   ///< behind the object and the spaces that fill it up
};

/// The header whose object begins at `brace`; empty where the object has no end.
Header header_at(std::string_view input, std::size_t brace)
{
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = brace; i < input.size(); ++i) {
        char const c = input[i];
        if (in_string && c == '\\') ++i;
        if (c == '"') in_string = !in_string;
        if (in_string) continue;
        if (c == '{') ++depth;
        if (c != '}' || --depth != 0) continue;
        std::size_t const end = std::min(input.find_first_not_of(' ', i + 1), input.size());
        return {brace - 8, end};
    }
    return {0, 0};
}

/// The first header from `from` on: an object behind a length with zeros in its upper half.
Header next_header(std::string_view input, std::size_t from)
{
    constexpr std::string_view sign("\0\0\0\0{", 5);
    for (std::size_t at = input.find(sign, from); at != std::string_view::npos;
         at = input.find(sign, at + 1)) {
        if (at < from + 4) continue;
        Header const header = header_at(input, at + 4);
        if (header.end != 0) return header;
    }
    return {0, 0};
}

void mend_lengths(std::uint8_t* data, std::size_t size)
{
    std::string_view const input(reinterpret_cast<const char*>(data), size);
    for (Header header = next_header(input, 0); header.end != 0;
         header = next_header(input, header.end)) {
        std::uint64_t const length = header.end - header.begin - 8;
        std::memcpy(data + header.begin, &length, sizeof length);
    }
}

} // namespace

std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed,
                   Mutate change)
{
    if (seed % 3 == 0) return change(data, size, most);
    if (seed % 3 == 1) {
        std::size_t const changed = change(data, size, most);
        mend_lengths(data, changed);
        return changed;
    }
    std::string_view const input(reinterpret_cast<const char*>(data), size);
    Header header = next_header(input, 0);
    // Of several files one that is chosen by chance.
    for (unsigned skips = seed / 3 % 4; skips > 0; --skips) {
        Header const next = next_header(input, header.end);
        if (next.end != 0) header = next;
    }
    if (header.end == 0 || header.end == size) return change(data, size, most);
    std::size_t const weights = std::min<std::size_t>(size - header.end, 64);
    std::size_t const place = header.end + seed / 12 % (size - header.end - weights + 1);
    change(data + place, weights, weights);
    return size;
}

} // namespace tfm_fuzz
