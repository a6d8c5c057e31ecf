#pragma once

/// \file
/// Writing a config.json as transformers reads it, field by field.

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "../io/output_file.hpp"
#include "config_fields.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A JSON object that grows in memory. Names and strings are this library's own, so that none needs
/// an escape. (Not by the JSON library, whose writer costs every compiler more than this does.)
class JsonFields {
public:
    void add(std::string_view field, std::string_view value)
    {
        add_raw(field, "\"" + std::string(value) + "\"");
    }

    template <std::same_as<bool> Flag>
    void add(std::string_view field, Flag value)
    {
        add_raw(field, value ? "true" : "false");
    }

    void add(std::string_view field, std::size_t value) { add_raw(field, std::to_string(value)); }

    /// The shortest decimal that reads as the same float.
    void add(std::string_view field, float value)
    {
        std::array<char, 32> text{};
        auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        add_raw(field, std::string_view(text.data(), static_cast<std::size_t>(end - text.data())));
    }

    /// null where there is none.
    void add(std::string_view field, std::optional<std::size_t> value)
    {
        add_raw(field, value ? std::to_string(*value) : "null");
    }

    /// An object inside.
    void add(std::string_view field, const JsonFields& object) { add_raw(field, object.text()); }

    /// All of it.
    std::string text() const { return "{\n" + fields_ + "\n}"; }

protected:
    void add_raw(std::string_view field, std::string_view json)
    {
        fields_ += fields_.empty() ? "  \"" : ",\n  \"";
        fields_.append(field).append("\": ").append(json);
    }

private:
    std::string fields_;
};

/// A config.json on its way to a folder.
class ConfigWriter : public JsonFields {
public:
    ConfigWriter(std::string_view model_type, std::string_view architecture)
    {
        add_raw("architectures", "[\"" + std::string(architecture) + "\"]");
        add("model_type", model_type);
    }

    /// Sizes, activation and epsilon of a `DecoderShape` or an `EncoderShape`, where the family has
    /// a field for them.
    template <class Shape>
    void add_sizes(const ShapeFields& fields, Shape shape)
    {
        shape.mlp_width = shape.hidden();
        for (const auto& [size, names] : size_fields<Shape>(fields)) add(names.field, shape.*size);
        add(fields.activation, name(shape.activation));
        if (!fields.norm_epsilon.empty()) add(fields.norm_epsilon, shape.norm_epsilon);
    }

    /// FOLDER/config.json; the folder must exist. \throws tfm::Error when it cannot be written.
    void write(const std::filesystem::path& folder) const
    {
        OutputFile file(folder / "config.json");
        file.write(text() + "\n");
        file.commit();
    }

    /// What ends a text, also where nothing does: transformers would take a default otherwise. And
    /// what the weights are stored in.
    void add_end_of_text(std::optional<std::size_t> end_of_text, FileDType weights)
    {
        // Given even when there is none.
        add("bos_token_id", end_of_text);
        add("eos_token_id", end_of_text);
        add("torch_dtype", torch_name(weights));
    }
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
