#pragma once

/// \file
/// vocab.json and added_tokens.json: one JSON object from strings to ids.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/json_events.hpp"
#include "../io/text_file.hpp"
#include "token_table.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Takes the parser's events for one object of integers and refuses everything else. A document
/// tree would need several times the memory and time.
class TokenObjectReader final : public JsonListener {
public:
    std::vector<TokenEntry> entries;

    bool begin_object() override { return !std::exchange(inside_, true) || refuse("an object"); }
    bool end_object() override { return true; }
    bool begin_list() override { return refuse("a list"); }
    bool end_list() override { return true; }

    bool key(std::string_view key) override
    {
        entries.push_back({std::string(key), 0});
        return true;
    }

    bool scalar(const JsonScalar& value) override
    {
        const bool is_whole = value.kind == JsonKind::integer || value.kind == JsonKind::natural;
        if (!inside_ || !is_whole) return refuse(name(value.kind));
        constexpr std::uint64_t largest = INT64_MAX;
        entries.back().id = value.kind == JsonKind::integer
                                ? value.integer
                                : static_cast<std::int64_t>(std::min(value.natural, largest));
        return true;
    }

private:
    bool refuse(std::string_view found)
    {
        return stop((inside_ ? "token " + in_quotes(entries.back().content) +
                                   ": expected an integer id, found "
                             : "expected an object from tokens to ids, found ") +
                    std::string(found));
    }

    bool inside_ = false;
};

/// The tokens of vocab.json or added_tokens.json in the order of the file. Fails, naming the file
/// and the token, if it is anything but one object of integers.
[[nodiscard]] inline std::vector<TokenEntry> parse_token_object(const TextFile& file)
{
    TokenObjectReader reader;
    const std::string problem = parse_json_events(file.text, reader);
    require(problem.empty(), [&] { return file.name + ": " + problem; });
    return std::move(reader.entries);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
