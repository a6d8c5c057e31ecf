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
#include "special_tokens.hpp"
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

    /// The object that a field holds.
    TokenizerJson part(std::string_view field) const
    {
        auto const value = find(field);
        if (value && !value->is_object()) refuse(field, "an object");
        return {file_, value, path_ + std::string(field) + "."};
    }

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

    [[noreturn]] void refuse(std::string_view field, const std::string& expected) const
    {
        fail(file_ + ": '" + path_ + std::string(field) + "': expected " + expected + ", found " +
             text_of(find(field)));
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
        tokens.push_back({std::move(content), id->integer(), root.file()});
    }
    return tokens;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
