#pragma once

/// \file
/// tokenizer.json: all of a Hugging Face tokenizer in one file.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "../io/json.hpp"
#include "limits.hpp"
#include "special_tokens.hpp"
#include "utf8.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// An object of tokenizer.json, or none where the file has null. A field that is missing or null
/// counts as not given. Every error names the file, the field by its path, expected and found.
/// Refers to the document it is a part of.
class TokenizerJson {
public:
    TokenizerJson(const std::string& file, const Json& root) : TokenizerJson(file, root, "") {}

    const std::string& file() const noexcept { return file_; }

    /// The value of a field, if it is given.
    std::optional<Json> find(std::string_view field) const
    {
        return value_ ? value_->find(field) : std::nullopt;
    }

    /// Whether a field is there, null or not.
    bool has(std::string_view field) const { return value_ && value_->has(field); }

    /// The object that a field holds.
    TokenizerJson part(std::string_view field) const
    {
        auto const value = find(field);
        if (value && !value->is_object()) refuse(field, "an object");
        return {file_, value, path_ + std::string(field) + "."};
    }

    /// The objects of a list; none where it is not given.
    std::vector<TokenizerJson> parts(std::string_view field) const
    {
        std::vector<TokenizerJson> parts;
        auto const list = find(field);
        if (!list) return parts;
        if (!list->is_list()) refuse(field, "a list");
        for (auto const& [none, value] : list->items()) {
            if (!value.is_object()) refuse(field, "a list of objects");
            parts.push_back(
                {file_, value,
                 path_ + std::string(field) + "[" + std::to_string(parts.size()) + "]."});
        }
        return parts;
    }

    /// Whether the file has null here, or nothing.
    bool is_absent() const noexcept { return !value_; }
    /// The object. \pre there is one
    const Json& value() const noexcept { return *value_; }

    std::string string(std::string_view field, std::string_view otherwise) const
    {
        auto const value = find(field);
        if (value && !value->string()) refuse(field, "a string");
        return std::string(value ? *value->string() : otherwise);
    }

    bool boolean(std::string_view field, bool otherwise) const
    {
        auto const value = find(field);
        if (value && !value->boolean()) refuse(field, "true or false");
        return value ? *value->boolean() : otherwise;
    }

    /// Fails unless the field has the one value that is implemented; `otherwise` counts as given
    /// where it is not.
    void expect_flag(std::string_view field, bool only, bool otherwise) const
    {
        auto const value = find(field);
        if ((value ? value->boolean() : otherwise) != only)
            refuse(field, only ? "'true'" : "'false'");
    }
    /// The same for a text.
    void expect(std::string_view field, std::string_view only,
                std::optional<std::string_view> otherwise) const
    {
        auto const value = find(field);
        if ((value ? value->string() : otherwise) != only) refuse(field, in_quotes(only));
    }

    /// The same for a field that is there for one kind of tokenizer and must be absent here.
    void expect_nothing(std::string_view field) const
    {
        auto const value = find(field);
        if (value && !value->is_empty()) refuse(field, "nothing");
    }

    /// Fails where this step comes after too many others.
    void expect_few_before(std::size_t steps) const
    {
        require(steps < most_steps, [&] {
            return path("type") + ": expected at most " + std::to_string(most_steps) +
                   " steps, found more";
        });
    }

    /// The path of a field, as messages call it.
    std::string path(std::string_view field) const
    {
        return file_ + ": '" + path_ + std::string(field) + "'";
    }

    [[noreturn]] void refuse(std::string_view field, const std::string& expected) const
    {
        fail(path(field) + ": expected " + expected + ", found " + text_of(find(field)));
    }

private:
    TokenizerJson(const std::string& file, const std::optional<Json>& value, std::string path)
        : file_(file), value_(value), path_(std::move(path))
    {
    }

    /// An object by its type, which is what tells one from another in these files.
    static std::string text_of(const std::optional<Json>& value)
    {
        if (!value) return "nothing";
        auto const type = value->find("type");
        if (type && type->string()) return describe(*type);
        bool const is_plain = !value->string() && !value->is_object() && !value->is_list();
        return is_plain ? in_quotes(describe(*value)) : describe(*value);
    }

    const std::string& file_;
    std::optional<Json> value_;
    std::string path_;
};

/// The text to look for of a step's `pattern`. Fails where it is a regular expression, or empty.
inline std::string literal_pattern(const TokenizerJson& step)
{
    auto const pattern = step.find("pattern");
    auto const text = pattern ? pattern->find("String") : std::nullopt;
    if (!text || !text->string() || text->string()->empty())
        step.refuse("pattern", "{\"String\": TEXT}");
    return std::string(*text->string());
}

/// What a Metaspace step has in the place of a space: one character.
inline std::string metaspace_replacement(const TokenizerJson& step)
{
    std::string const text = step.string("replacement", "");
    if (text.empty() || decode_utf8(text, 0).length != text.size())
        step.refuse("replacement", "one character");
    return text;
}

/// The tokens of a model's `vocab`. Fails on one whose id is no integer.
inline std::vector<TokenEntry> tokenizer_vocabulary(const TokenizerJson& model)
{
    auto const vocab = model.find("vocab");
    if (!vocab || !vocab->is_object()) model.refuse("vocab", "an object");
    std::vector<TokenEntry> entries;
    entries.reserve(vocab->items().size());
    for (const JsonItem token : vocab->items()) {
        auto const id = token.value.integer();
        require(id && *id >= 0, [&] {
            return model.file() + ": token " + in_quotes(token.key) +
                   ": expected an integer id, found " + describe(token.value);
        });
        entries.push_back({std::string(token.key), *id});
    }
    return entries;
}

/// The `added_tokens`, which are cut out of the text before anything else. Fails on one that is
/// looked for in another way.
inline std::vector<SpecialToken> added_tokens(const TokenizerJson& root, bool is_normalised)
{
    std::vector<SpecialToken> tokens;
    auto const added = root.find("added_tokens");
    if (!added) return tokens;
    if (!added->is_list()) root.refuse("added_tokens", "a list");
    const std::string where = root.file() + ": 'added_tokens'";
    for (auto const& [key, token] : added->items()) {
        std::string content = special_content(token, where);
        auto const id = token.find("id");
        require(id && id->integer().value_or(-1) >= 0,
                [&] { return where + ": " + in_quotes(content) + ": expected an id"; });
        auto const normalised = token.find("normalized");
        require(!is_normalised || !normalised || normalised->boolean() != true, [&] {
            return where + ": " + in_quotes(content) +
                   ": 'normalized' is not implemented, expected false, found true";
        });
        tokens.push_back(
            {std::move(content), id->integer(), root.file(), is_stated_special(token)});
    }
    return tokens;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
