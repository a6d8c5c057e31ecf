#include "token_ids.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include <tfm/config.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::string_view separators = ", \t\r\n\v\f";

std::int32_t parse_token_id(std::string_view word, std::string_view origin, std::size_t vocab)
{
    std::int64_t id = 0;
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    bool const is_number = end == word.data() + word.size() && error != std::errc::invalid_argument;
    tfm::require(is_number, [&] {
        return std::string(origin) +
               ": expected token ids separated by commas or white space, found " + in_quotes(word);
    });
    bool const in_range = error == std::errc{} && id >= 0 && static_cast<std::uint64_t>(id) < vocab;
    tfm::require(in_range, [&] {
        return std::string(origin) + ": token id " + std::string(word.substr(0, 32)) +
               " is out of range; expected 0 to " + std::to_string(vocab - 1);
    });
    return static_cast<std::int32_t>(id);
}

} // namespace

std::vector<std::int32_t> parse_token_ids(std::string_view text, std::string_view origin,
                                          std::size_t vocab)
{
    std::vector<std::int32_t> ids;
    auto const skip_blanks = [&](std::size_t from) {
        return std::min(text.find_first_not_of(blanks, from), text.size());
    };
    std::size_t begin = skip_blanks(0);
    while (begin < text.size()) {
        std::size_t const end = std::min(text.find_first_of(separators, begin), text.size());
        ids.push_back(parse_token_id(text.substr(begin, end - begin), origin, vocab));
        begin = skip_blanks(end);
        if (begin == text.size() || text[begin] != ',') continue;
        begin = skip_blanks(begin + 1);
        tfm::require(begin < text.size(), [&] {
            return std::string(origin) + ": expected a token id after the last comma, found none";
        });
    }
    return ids;
}

std::string format_token_ids(std::span<const std::int32_t> ids)
{
    std::string text;
    text.reserve(6 * ids.size());
    std::array<char, 16> digits{};
    for (std::int32_t const id : ids) {
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), id).ptr;
        if (!text.empty()) text += ' ';
        text.append(digits.data(), end);
    }
    return text;
}

} // namespace tfm_program
