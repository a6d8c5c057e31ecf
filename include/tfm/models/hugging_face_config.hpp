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
#include "../io/mapped_file.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A model folder's config.json. A field that is missing or null counts as not given. Every error
/// names the file, the field, what was expected and what was found.
class HuggingFaceConfig {
public:
    /// Bytes a config.json may have.
    static constexpr std::size_t max_size = 16'000'000;

    /// Reads FOLDER/config.json. \throws tfm::Error when it is missing, too large or no JSON
    /// object.
    static HuggingFaceConfig open(const std::filesystem::path& folder)
    {
        auto const path = folder / "config.json";
        auto const file = MappedFile::open(path);
        if (file.size() > max_size)
            fail(path.string() + ": expected at most " + std::to_string(max_size) +
                 " bytes, found " + std::to_string(file.size()));
        return HuggingFaceConfig(path,
                                 {reinterpret_cast<const char*>(file.bytes().data()), file.size()});
    }

    /// Takes the text of a config.json; `path` names it in errors.
    HuggingFaceConfig(std::filesystem::path path, std::string_view text)
        : path_(std::move(path)), root_(parse_json(text, path_))
    {
        if (!root_.is_object())
            fail(path_.string() + ": expected a JSON object, found " + describe(root_));
    }

    /// The file, as errors name it.
    const std::filesystem::path& path() const noexcept { return path_; }

    /// The value of a field as JSON; null when it is not given.
    const Json* find(std::string_view field) const { return find_field(root_, field); }

    /// Whether the field is there at all, be it null.
    bool has(std::string_view field) const { return root_.contains(std::string(field)); }

    /// A string; none when the field is not given.
    std::optional<std::string> string(std::string_view field) const
    {
        const Json* const value = find(field);
        if (value == nullptr) return std::nullopt;
        const auto* const text = value->get_ptr<const std::string*>();
        if (text == nullptr) refuse(field, "a string", describe(*value));
        return *text;
    }

    /// A whole number in [min, max]; none when the field is not given.
    std::optional<std::int64_t> integer(std::string_view field, std::int64_t min,
                                        std::int64_t max) const
    {
        const Json* const value = find(field);
        if (value == nullptr) return std::nullopt;
        // nlohmann keeps non-negative numbers as unsigned, up to 2^64 - 1.
        const auto* const natural = value->get_ptr<const std::uint64_t*>();
        const auto* const negative = value->get_ptr<const std::int64_t*>();
        bool const fits = natural != nullptr
                              ? max >= 0 && *natural <= static_cast<std::uint64_t>(max) &&
                                    static_cast<std::int64_t>(*natural) >= min
                              : negative != nullptr && *negative >= min && *negative <= max;
        if (!fits)
            refuse(field,
                   "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
                   describe(*value));
        return natural != nullptr ? static_cast<std::int64_t>(*natural) : *negative;
    }

    /// A number, whole or not; none when the field is not given.
    std::optional<double> number(std::string_view field) const
    {
        const Json* const value = find(field);
        if (value == nullptr) return std::nullopt;
        if (!value->is_number()) refuse(field, "a number", describe(*value));
        return value->get<double>();
    }

    /// true or false; none when the field is not given.
    std::optional<bool> boolean(std::string_view field) const
    {
        const Json* const value = find(field);
        if (value == nullptr) return std::nullopt;
        const auto* const flag = value->get_ptr<const bool*>();
        if (flag == nullptr) refuse(field, "true or false", describe(*value));
        return *flag;
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
        const Json* const value = find(field);
        refuse(field, expected, value == nullptr ? "nothing" : describe(*value));
    }

private:
    std::filesystem::path path_;
    Json root_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
