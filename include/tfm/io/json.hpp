#pragma once

/// \file
/// JSON files of untrusted origin.

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "../text/json_tree.hpp"
#include "diagnostics.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Parses `text`, which must be one JSON value in UTF-8 with no key given twice in an object.
/// `origin` names the file in errors. \throws tfm::Error
inline Json parse_json(std::string_view text, const std::filesystem::path& origin)
{
    // The parser would take a zero byte for the end of the text and not look further.
    if (text.find('\0') != std::string_view::npos)
        fail(origin.string() + ": expected JSON in UTF-8, found a zero byte");
    std::string problem;
    auto value = detail::parse_json_tree(text, problem);
    if (!problem.empty()) fail(origin.string() + ": " + problem);
    if (!value) fail(origin.string() + ": expected JSON in UTF-8, found other text");
    return *std::move(value);
}

/// The value of `field` in `object`, or null when it is missing, is JSON's null, or `object` is no
/// object.
inline const Json* find_field(const Json& object, std::string_view field)
{
    auto const entry = object.find(std::string(field));
    return entry == object.end() || entry->is_null() ? nullptr : &*entry;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
