#pragma once

/// \file
/// JSON as the commands print it, made as text: a library for it would take longer to compile than
/// all that is said with it.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tfm_program {

class JsonObject;

/// A value in one line of UTF-8.
class JsonValue {
public:
    /// null.
    JsonValue(std::nullptr_t = nullptr) : text_("null") {}
    JsonValue(std::same_as<bool> auto value) : text_(value ? "true" : "false") {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) //
        JsonValue(Number value)
        : text_(std::to_string(value))
    {
    }
    /// The shortest decimal that reads as the same number; null for what is no finite one.
    JsonValue(double value);
    /// The same, as a float.
    JsonValue(float value);
    /// A string; what in it is no UTF-8 becomes U+FFFD.
    JsonValue(std::string_view value);
    JsonValue(const std::string& value) : JsonValue(std::string_view(value)) {}
    JsonValue(const char* value) : JsonValue(std::string_view(value)) {}
    JsonValue(const JsonObject& value);
    /// A list.
    template <std::ranges::input_range Range>
    requires(!std::convertible_to<const Range&, std::string_view>) //
        JsonValue(const Range& values)
        : text_("[")
    {
        for (const auto& value : values)
            text_.append(text_.size() > 1 ? "," : "").append(JsonValue(value).text());
        text_ += ']';
    }

    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// An object whose fields keep their order.
class JsonObject {
public:
    /// The value of a field, null at first.
    JsonValue& operator[](std::string_view key);

    /// The object in one line.
    std::string text() const;

private:
    std::vector<std::pair<std::string, JsonValue>> fields_;
};

} // namespace tfm_program
