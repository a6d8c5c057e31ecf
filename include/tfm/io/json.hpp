#pragma once

/// \file
/// JSON of untrusted origin as a tree: strict, bounded, without exceptions.

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "diagnostics.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A JSON value.
using Json = nlohmann::json;

namespace detail {

/// Watches the parser's events for what JSON allows and a configuration must not hold.
class JsonGuard {
public:
    static constexpr int max_depth = 64; // bounds the recursion of copying and printing a value

    /// False drops the value at hand.
    bool operator()(int depth, Json::parse_event_t event, Json& value)
    {
        using Event = Json::parse_event_t;
        if (!problem_.empty()) return false;
        if (event == Event::object_start) keys_.emplace_back();
        if (event == Event::object_end) keys_.pop_back();
        if (event == Event::key) check_key(value.get_ref<const std::string&>());
        if (depth > max_depth) problem_ = "nested more than 64 levels deep";
        return problem_.empty();
    }

    /// What was wrong; empty when nothing was.
    const std::string& problem() const noexcept { return problem_; }

private:
    void check_key(const std::string& key)
    {
        if (!keys_.back().insert(key).second)
            problem_ = "field " + in_quotes(key) + " is given twice";
    }

    std::vector<std::set<std::string>> keys_; // of the objects that are open
    std::string problem_;
};

} // namespace detail

/// Parses `text`, which must be one JSON value in UTF-8 with no key given twice in an object.
/// `origin` names the file in errors. \throws tfm::Error
inline Json parse_json(std::string_view text, const std::filesystem::path& origin)
{
    // The parser would take a zero byte for the end of the text and not look further.
    if (text.find('\0') != std::string_view::npos)
        fail(origin.string() + ": expected JSON in UTF-8, found a zero byte");
    detail::JsonGuard guard;
    auto const watch = [&guard](int depth, Json::parse_event_t event, Json& value) {
        return guard(depth, event, value);
    };
    Json value = Json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
    if (!guard.problem().empty()) fail(origin.string() + ": " + guard.problem());
    if (value.is_discarded()) fail(origin.string() + ": expected JSON in UTF-8, found other text");
    return value;
}

/// The value of `field` in `object`, or null when it is missing, is JSON's null, or `object` is no
/// object.
inline const Json* find_field(const Json& object, std::string_view field)
{
    auto const entry = object.find(std::string(field));
    return entry == object.end() || entry->is_null() ? nullptr : &*entry;
}

/// `value` as an error message shows it: a string or number as written, the kind of anything else.
inline std::string describe(const Json& value)
{
    if (const auto* text = value.get_ptr<const std::string*>()) return detail::in_quotes(*text);
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list of " + std::to_string(value.size());
    return value.dump();
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
