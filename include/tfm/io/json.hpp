#pragma once

/// \file
/// JSON files of untrusted origin as a tree: strict, bounded, compact.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.hpp"
#include "json_events.hpp"

namespace tfm {

namespace json_detail {

/// A value in the array of all of a document, in the order of the text. A key is the string before
/// its value.
struct Node {
    JsonKind kind;
    std::uint32_t size; ///< items of a list or an object, bytes of a string
    std::uint64_t bits; ///< a scalar; where a string begins; the nodes of a list or an object
};

} // namespace json_detail

struct JsonItem;
class JsonItems;

/// A value of a `JsonDocument`, to which it refers; cheap to copy.
class Json {
public:
    /// For `JsonDocument`: the value at `node`, whose strings lie in `text`.
    Json(const json_detail::Node* node, const char* text) noexcept : node_(node), text_(text) {}

    /// What it is.
    JsonKind kind() const noexcept { return node_->kind; }
    /// Whether it is `null`.
    bool is_null() const noexcept { return kind() == JsonKind::null; }
    /// Whether it is a list.
    bool is_list() const noexcept { return kind() == JsonKind::list; }
    /// Whether it is an object.
    bool is_object() const noexcept { return kind() == JsonKind::object; }
    /// Whether it is `false`.
    bool is_false() const noexcept { return boolean() == false; }
    /// Whether it is a list or an object that holds nothing.
    bool is_empty() const noexcept { return (is_list() || is_object()) && node_->size == 0; }

    /// The value, or none where it is of another kind.
    std::optional<bool> boolean() const noexcept
    {
        if (kind() != JsonKind::boolean) return std::nullopt;
        return node_->bits != 0;
    }

    /// A whole number without a minus.
    std::optional<std::uint64_t> natural() const noexcept
    {
        if (kind() != JsonKind::natural) return std::nullopt;
        return node_->bits;
    }

    /// A whole number that fits.
    std::optional<std::int64_t> integer() const noexcept
    {
        bool const fits =
            kind() == JsonKind::integer || (kind() == JsonKind::natural && node_->bits >> 63U == 0);
        if (!fits) return std::nullopt;
        return static_cast<std::int64_t>(node_->bits);
    }

    /// Any number, rounded to nearest.
    std::optional<double> number() const noexcept
    {
        if (kind() == JsonKind::natural) return static_cast<double>(node_->bits);
        if (kind() == JsonKind::integer)
            return static_cast<double>(static_cast<std::int64_t>(node_->bits));
        if (kind() == JsonKind::fraction) return std::bit_cast<double>(node_->bits);
        return std::nullopt;
    }

    /// A string in UTF-8.
    std::optional<std::string_view> string() const noexcept
    {
        if (kind() != JsonKind::string) return std::nullopt;
        return std::string_view(text_ + node_->bits, node_->size);
    }

    /// The elements of a list or the fields of an object, in the order of the file.
    JsonItems items() const noexcept;

    /// Item `i` of a list or an object, which must have more than that many. Takes time linear in
    /// i.
    Json at(std::size_t i) const noexcept;

    /// The value of a field of an object; none when it is missing, is JSON's null, or this is no
    /// object. Takes time linear in the number of fields.
    std::optional<Json> find(std::string_view field) const noexcept;

    /// Whether an object has the field, be it null.
    bool has(std::string_view field) const noexcept;

private:
    friend class JsonItems;

    const json_detail::Node* node_;
    const char* text_;
};

/// An element of a list, or a field of an object.
struct JsonItem {
    std::string_view key; ///< empty in a list
    Json value;           ///< what stands there
};

/// The items of a list or an object, to be iterated over.
class JsonItems {
public:
    /// Points at an item.
    class Iterator {
    public:
        /// For `JsonItems`.
        Iterator(const json_detail::Node* node, const char* text, bool has_keys) noexcept
            : node_(node), text_(text), has_keys_(has_keys)
        {
        }
        /// The item.
        JsonItem operator*() const noexcept
        {
            if (!has_keys_) return {{}, {node_, text_}};
            return {{text_ + node_->bits, node_->size}, {node_ + 1, text_}};
        }
        /// Goes on to the next one.
        Iterator& operator++() noexcept
        {
            if (has_keys_) ++node_;
            bool const holds = node_->kind == JsonKind::list || node_->kind == JsonKind::object;
            node_ += holds ? node_->bits : 1;
            return *this;
        }
        bool operator==(const Iterator& other) const noexcept { return node_ == other.node_; }

    private:
        const json_detail::Node* node_;
        const char* text_;
        bool has_keys_;
    };

    /// The items of `value`; none where it is a scalar.
    explicit JsonItems(const Json& value) noexcept : value_(value) {}

    /// How many there are.
    std::size_t size() const noexcept { return holds() ? value_.node_->size : 0; }
    /// The first one.
    Iterator begin() const noexcept { return at(1); }
    /// Behind the last one.
    Iterator end() const noexcept
    {
        return at(holds() ? static_cast<std::size_t>(value_.node_->bits) : 1);
    }

private:
    bool holds() const noexcept { return value_.is_list() || value_.is_object(); }
    Iterator at(std::size_t offset) const noexcept
    {
        return {value_.node_ + offset, value_.text_, value_.is_object()};
    }

    Json value_;
};

inline JsonItems Json::items() const noexcept { return JsonItems(*this); }

inline Json Json::at(std::size_t i) const noexcept
{
    auto item = items().begin();
    for (; i > 0; --i) ++item;
    return (*item).value;
}

inline std::optional<Json> Json::find(std::string_view field) const noexcept
{
    if (!is_object()) return std::nullopt;
    for (auto const& [key, value] : items())
        if (key == field) return value.is_null() ? std::nullopt : std::optional(value);
    return std::nullopt;
}

inline bool Json::has(std::string_view field) const noexcept
{
    if (!is_object()) return false;
    for (auto const& [key, value] : items())
        if (key == field) return true;
    return false;
}

/// A JSON text in memory: 16 bytes a value or key, and the strings. Moving it keeps its values
/// valid.
class JsonDocument {
public:
    /// The document `null`.
    JsonDocument() : nodes_(1) {}

    /// For `parse_json`.
    JsonDocument(std::vector<json_detail::Node> nodes, std::vector<char> text) noexcept
        : nodes_(std::move(nodes)), text_(std::move(text))
    {
    }

    /// The value that the text is. Refers to this object, or to what it was moved to.
    Json root() const noexcept { return {nodes_.data(), text_.data()}; }

private:
    std::vector<json_detail::Node> nodes_;
    std::vector<char> text_; // of all strings
};

inline namespace TFM_BUILD_NAMESPACE {

/// Parses `text`, which must be one JSON value in UTF-8 with no key given twice in an object.
/// `origin` names the file in errors. \throws tfm::Error
JsonDocument parse_json(std::string_view text, std::string_view origin);

/// The same for a text that must be an object. \throws tfm::Error
JsonDocument parse_json_object(std::string_view text, std::string_view origin);

/// `value` as an error message shows it: a string, number, truth value or null as written, the kind
/// of anything else.
std::string describe(const Json& value);

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "json.inl.hpp"
#endif
