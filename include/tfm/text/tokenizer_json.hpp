#pragma once

/// \file
/// tokenizer.json: all of a Hugging Face tokenizer in one file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "special_tokens.hpp"
#include "text_file.hpp"
#include "vocabulary_json.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// An object of tokenizer.json, or none where the file has null. A field that is missing or null
/// counts as not given. Every error names the file, the field by its path, expected and found.
/// Refers to the document it is a part of.
class TokenizerJson {
public:
    TokenizerJson(const std::string& file, const nlohmann::json& root)
        : file_(file), value_(&root), path_()
    {
    }

    const std::string& file() const noexcept { return file_; }

    /// The value of a field, or null.
    const nlohmann::json* find(std::string_view field) const
    {
        if (!value_->is_object()) return nullptr;
        auto const entry = value_->find(std::string(field));
        return entry == value_->end() || entry->is_null() ? nullptr : &*entry;
    }

    /// The object that a field holds.
    TokenizerJson part(std::string_view field) const
    {
        static const nlohmann::json none;
        const nlohmann::json* const value = find(field);
        if (value != nullptr && !value->is_object()) refuse(field, "an object");
        return {file_, value == nullptr ? none : *value, path_ + std::string(field) + "."};
    }

    std::string string(std::string_view field, std::string_view otherwise) const
    {
        const nlohmann::json* const value = find(field);
        if (value == nullptr) return std::string(otherwise);
        if (!value->is_string()) refuse(field, "a string");
        return value->get<std::string>();
    }

    bool boolean(std::string_view field, bool otherwise) const
    {
        const nlohmann::json* const value = find(field);
        if (value == nullptr) return otherwise;
        if (!value->is_boolean()) refuse(field, "true or false");
        return value->get<bool>();
    }

    /// Fails unless the field has the one value that is implemented; `otherwise` counts as given
    /// where it is not.
    void expect(std::string_view field, const nlohmann::json& only,
                const nlohmann::json& otherwise) const
    {
        const nlohmann::json* const value = find(field);
        if ((value == nullptr ? otherwise : *value) != only) refuse(field, text_of(&only));
    }

    /// The same for a field that is there for one kind of tokenizer and must be absent here.
    void expect_nothing(std::string_view field) const
    {
        const nlohmann::json* const value = find(field);
        if (value != nullptr && !value->empty()) refuse(field, "nothing");
    }

    [[noreturn]] void refuse(std::string_view field, const std::string& expected) const
    {
        fail(file_ + ": '" + path_ + std::string(field) + "': expected " + expected + ", found " +
             text_of(find(field)));
    }

private:
    TokenizerJson(const std::string& file, const nlohmann::json& value, std::string path)
        : file_(file), value_(&value), path_(std::move(path))
    {
    }

    static std::string text_of(const nlohmann::json* value)
    {
        if (value == nullptr || value->is_null()) return "nothing";
        if (value->is_string()) return in_quotes(value->get_ref<const std::string&>());
        if (!value->is_object()) return in_quotes(value->dump(-1, ' ', true));
        auto const type = value->find("type");
        bool const named = type != value->end() && type->is_string();
        return named ? in_quotes(type->get_ref<const std::string&>()) : "an object";
    }

    const std::string& file_;
    const nlohmann::json* value_;
    std::string path_;
};

/// The tokens of a model's `vocab`. Fails on one whose id is no integer.
inline std::vector<TokenEntry> tokenizer_vocabulary(const TokenizerJson& model)
{
    const nlohmann::json* const vocab = model.find("vocab");
    if (vocab == nullptr || !vocab->is_object()) model.refuse("vocab", "an object");
    std::vector<TokenEntry> entries;
    entries.reserve(vocab->size());
    for (auto entry = vocab->begin(); entry != vocab->end(); ++entry) {
        require(entry->is_number_integer() && *entry >= 0 && *entry < INT64_MAX, [&] {
            return model.file() + ": token " + in_quotes(entry.key()) +
                   ": expected an integer id, found " + in_quotes(entry->dump(-1, ' ', true));
        });
        entries.push_back({entry.key(), entry->get<std::int64_t>()});
    }
    return entries;
}

/// The `added_tokens`, which are cut out of the text before anything else. Fails on one that is
/// looked for in another way.
inline std::vector<SpecialToken> added_tokens(const TokenizerJson& root, bool is_normalised)
{
    std::vector<SpecialToken> tokens;
    const nlohmann::json* const added = root.find("added_tokens");
    if (added == nullptr) return tokens;
    if (!added->is_array()) root.refuse("added_tokens", "a list");
    for (const auto& token : *added) {
        const std::string where = root.file() + ": 'added_tokens'";
        std::string content = special_content(token, where);
        bool const has_id = token.is_object() && token.contains("id") &&
                            token["id"].is_number_integer() && token["id"] >= 0;
        require(has_id, [&] { return where + ": " + in_quotes(content) + ": expected an id"; });
        bool const is_sought_elsewhere =
            is_normalised && token.contains("normalized") && token["normalized"] == true;
        require(!is_sought_elsewhere, [&] {
            return where + ": " + in_quotes(content) +
                   ": 'normalized' is not implemented, expected false, found true";
        });
        tokens.push_back({std::move(content), token["id"].get<std::int64_t>(), root.file()});
    }
    return tokens;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
