#pragma once

/// \file
/// Checked access to the config.json of a Hugging Face model folder.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../io/json.hpp"
#include "../io/text_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A model folder's config.json. A field that is missing or null counts as not given. Every error
/// names the file, the field, what was expected and what was found.
class HuggingFaceConfig {
public:
    /// Bytes a config.json may have.
    static constexpr std::size_t max_size = 16'000'000;

    /// Reads FOLDER/config.json, or another file of its kind. \throws tfm::Error when it is
    /// missing, too large or no JSON object, or a server's error in place of the file.
    static HuggingFaceConfig open(const std::filesystem::path& folder,
                                  const char* name = "config.json")
    {
        auto const path = folder / name;
        HuggingFaceConfig json(path, detail::read_text_file(path, max_size).text);
        auto const error = json.find("error");
        if (error && error->string() && !json.has("model_type"))
            json.refuse("error",
                        "a model's configuration; download the file again, with access to it",
                        describe(*error));
        return json;
    }

    /// Takes the text of a config.json; `path` names it in errors.
    HuggingFaceConfig(std::filesystem::path path, std::string_view text)
        : path_(std::move(path)), text_(text), document_(parse_json_object(text_, path_.string()))
    {
    }

    /// All of the file, as it was read.
    std::string_view text() const noexcept { return text_; }

    /// The file, as errors name it.
    const std::filesystem::path& path() const noexcept { return path_; }

    /// The value of a field as JSON; none when it is not given.
    std::optional<Json> find(std::string_view field) const { return document_.root().find(field); }

    /// Whether the field is there at all, be it null.
    bool has(std::string_view field) const { return document_.root().has(field); }

    /// A string; none when the field is not given.
    std::optional<std::string> string(std::string_view field) const
    {
        auto const value = find(field);
        if (!value) return std::nullopt;
        auto const text = value->string();
        if (!text) refuse(field, "a string");
        return std::string(*text);
    }

    /// A whole number in [min, max]; none when the field is not given.
    std::optional<std::int64_t> integer(std::string_view field, std::int64_t min,
                                        std::int64_t max) const
    {
        auto const value = find(field);
        if (!value) return std::nullopt;
        auto const number = value->integer();
        if (!number || *number < min || *number > max)
            refuse(field,
                   "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        return number;
    }

    /// A number, whole or not; none when the field is not given.
    std::optional<double> number(std::string_view field) const
    {
        auto const value = find(field);
        if (value && !value->number()) refuse(field, "a number");
        return value ? value->number() : std::nullopt;
    }

    /// true or false; none when the field is not given.
    std::optional<bool> boolean(std::string_view field) const
    {
        auto const value = find(field);
        if (value && !value->boolean()) refuse(field, "true or false");
        return value ? value->boolean() : std::nullopt;
    }

    /// The same; `otherwise` where the field is not there. Python takes null for false, so that one
    /// in place of a true `otherwise` is an error.
    bool flag(std::string_view field, bool otherwise) const
    {
        if (otherwise && has(field) && !find(field)) refuse(field, "true or false", "null");
        return boolean(field).value_or(otherwise);
    }

    /// Fails with "FILE: field 'FIELD': expected EXPECTED, found FOUND".
    [[noreturn]] void refuse(std::string_view field, std::string_view expected,
                             std::string_view found) const
    {
        fail(path_.string() + ": field " + detail::in_quotes(field) + ": expected " +
             std::string(expected) + ", found " + std::string(found));
    }

    /// The same with what the field holds.
    [[noreturn]] void refuse(std::string_view field, std::string_view expected) const
    {
        auto const value = find(field);
        refuse(field, expected, value ? describe(*value) : "nothing");
    }

private:
    std::filesystem::path path_;
    std::string text_;
    JsonDocument document_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
