#pragma once

/// \file
/// vocab.json and added_tokens.json: one JSON object from strings to ids.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "json_events.hpp"
#include "text_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A token as a file gives it, not yet checked against the others.
struct TokenEntry {
    std::string content;
    std::int64_t id;
};

/// Takes the parser's events for one object of integers and refuses everything else. A document
/// tree would need several times the memory and time, and would hide duplicate keys.
class TokenObjectReader final : public JsonListener {
public:
    std::vector<TokenEntry> entries;
    std::string problem; ///< why the reader stopped, if it did

    bool start_object(std::size_t) override
    {
        if (std::exchange(inside_, true)) return refuse("an object");
        return true;
    }
    bool key(string_t& key) override
    {
        key_ = std::move(key);
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override
    {
        constexpr auto largest = static_cast<number_unsigned_t>(INT64_MAX);
        return number_integer(value > largest ? INT64_MAX : static_cast<std::int64_t>(value));
    }
    bool number_integer(number_integer_t value) override
    {
        if (!inside_) return refuse("a number");
        entries.push_back({std::move(key_), value});
        return true;
    }
    bool end_object() override { return true; }
    bool null() override { return refuse("null"); }
    bool boolean(bool) override { return refuse("a boolean"); }
    bool number_float(number_float_t, const string_t&) override { return refuse("a fraction"); }
    bool string(string_t&) override { return refuse("a string"); }
    bool binary(binary_t&) override { return refuse("binary data"); }
    bool start_array(std::size_t) override { return refuse("an array"); }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override
    {
        problem = "not valid JSON at byte " + std::to_string(position);
        return false;
    }

private:
    bool refuse(const std::string& found)
    {
        problem = inside_ ? "token " + in_quotes(key_) + ": expected an integer id, found " + found
                          : "expected an object from tokens to ids, found " + found;
        return false;
    }

    bool inside_ = false;
    std::string key_;
};

/// The tokens of vocab.json or added_tokens.json in the order of the file. Fails, naming the file
/// and the token, if it is anything but one object of integers.
[[nodiscard]] inline std::vector<TokenEntry> parse_token_object(const TextFile& file)
{
    TokenObjectReader reader;
    const bool parsed = parse_json_events(file.text, reader);
    require(parsed, [&] { return file.name + ": " + reader.problem; });
    return std::move(reader.entries);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
