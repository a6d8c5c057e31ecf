#pragma once

/// \file
/// JSON of untrusted origin, event by event.

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What hears of a text's events: each returns whether to go on.
using JsonListener = nlohmann::json_sax<nlohmann::json>;

/// Sends the events of `text`, one JSON value in UTF-8, to `listener`.
/// \return whether it took them all. A zero byte ends the text for the parser.
///
/// All of tfm's readers of JSON share this one parser, and take it from nlohmann's `detail`: each
/// `nlohmann::json::sax_parse` would have a compiler build readers of four binary formats too.
inline bool parse_json_events(std::string_view text, JsonListener& listener)
{
    auto input = nlohmann::detail::input_adapter(text.data(), text.data() + text.size());
    nlohmann::detail::parser<nlohmann::json, decltype(input)> parser(std::move(input));
    return parser.sax_parse(&listener);
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
