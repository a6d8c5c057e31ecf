#include "json_object.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <tfm/text/utf8.hpp>

namespace tfm_program {

namespace {

template <class Number>
std::string text_of(Number value)
{
    if (!std::isfinite(value)) return "null";
    std::array<char, 40> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

/// The part of a string that stands for a character.
std::string escape(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\t':
        return "\\t";
    default:
        break;
    }
    if (static_cast<unsigned char>(c) >= 0x20) return {c};
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
    return code.data();
}

} // namespace

JsonValue::JsonValue(double value) : text_(text_of(value)) {}

JsonValue::JsonValue(float value) : text_(text_of(value)) {}

JsonValue::JsonValue(std::string_view value) : text_("\"")
{
    for (char const c : tfm::to_valid_utf8(value)) text_ += escape(c);
    text_ += '"';
}

JsonValue::JsonValue(const JsonObject& value) : text_(value.text()) {}

JsonValue& JsonObject::operator[](std::string_view key)
{
    auto const entry = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const auto& field) { return field.first == key; });
    if (entry != fields_.end()) return entry->second;
    return fields_.emplace_back(key, nullptr).second;
}

std::string JsonObject::text() const
{
    std::string text = "{";
    for (const auto& [key, value] : fields_)
        text.append(text.size() > 1 ? "," : "").append(JsonValue(key).text() + ":" + value.text());
    return text + "}";
}

} // namespace tfm_program
