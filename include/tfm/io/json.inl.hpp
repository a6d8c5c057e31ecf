#pragma once

/// \file
/// Growing a tree from the events of a JSON text.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Values and keys a tree may have, four times those of the largest vocabularies.
inline constexpr std::size_t max_json_nodes = 8'000'000;

/// Grows a tree, and stops at what JSON allows and a file must not hold.
class JsonTree final : public JsonListener {
public:
    explicit JsonTree(std::size_t text_size) { text_.reserve(text_size); }

    bool scalar(const JsonScalar& value) override
    {
        if (value.kind == JsonKind::string) return add_string(value.text);
        std::uint64_t bits = value.boolean ? 1 : 0;
        if (value.kind == JsonKind::natural) bits = value.natural;
        if (value.kind == JsonKind::integer) bits = static_cast<std::uint64_t>(value.integer);
        if (value.kind == JsonKind::fraction) bits = std::bit_cast<std::uint64_t>(value.fraction);
        count_item();
        return add({value.kind, 0, bits});
    }

    bool key(std::string_view key) override
    {
        bool const fits = add_string(key);
        --nodes_[open_.back()].size; // a key and its value are one item
        return fits;
    }

    bool begin_object() override { return open(JsonKind::object); }
    bool begin_list() override { return open(JsonKind::list); }
    bool end_list() override { return close(); }
    bool end_object() override
    {
        close();
        const Json object(&nodes_[closed_], text_.data());
        keys_.clear();
        for (auto const& [key, value] : object.items()) keys_.push_back(key);
        std::sort(keys_.begin(), keys_.end());
        auto const twice = std::adjacent_find(keys_.begin(), keys_.end());
        if (twice == keys_.end()) return true;
        return stop("field " + in_quotes(*twice) + " is given twice");
    }

    JsonDocument take() && noexcept { return {std::move(nodes_), std::move(text_)}; }

private:
    void count_item()
    {
        if (!open_.empty()) ++nodes_[open_.back()].size;
    }

    bool add(json_detail::Node node)
    {
        if (nodes_.size() == max_json_nodes)
            return stop("holds more than " + std::to_string(max_json_nodes) + " values");
        nodes_.push_back(node);
        return true;
    }

    bool add_string(std::string_view text)
    {
        count_item();
        std::uint64_t const begin = text_.size();
        text_.insert(text_.end(), text.begin(), text.end());
        return add({JsonKind::string, static_cast<std::uint32_t>(text.size()), begin});
    }

    bool open(JsonKind kind)
    {
        count_item();
        open_.push_back(nodes_.size());
        return add({kind, 0, 0});
    }

    bool close()
    {
        closed_ = open_.back();
        nodes_[closed_].bits = nodes_.size() - closed_;
        open_.pop_back();
        return true;
    }

    std::vector<json_detail::Node> nodes_;
    std::vector<char> text_;
    std::vector<std::size_t> open_;      // objects and lists, from the root inwards
    std::size_t closed_ = 0;             // the last one that was
    std::vector<std::string_view> keys_; // of an object, for `end_object`
};

/// A number that JSON writes with a point or an exponent, to 15 digits.
inline std::string describe_fraction(double value)
{
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.15g", value);
    std::string text = buffer.data();
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

} // namespace detail

TFM_INLINE JsonDocument parse_json(std::string_view text, std::string_view origin)
{
    detail::JsonTree tree(text.size());
    std::string const problem = detail::parse_json_events(text, tree);
    if (!problem.empty()) fail(std::string(origin) + ": " + problem);
    return std::move(tree).take();
}

TFM_INLINE JsonDocument parse_json_object(std::string_view text, std::string_view origin)
{
    JsonDocument document = parse_json(text, origin);
    if (!document.root().is_object())
        fail(std::string(origin) + ": expected a JSON object, found " + describe(document.root()));
    return document;
}

TFM_INLINE std::string describe(const Json& value)
{
    switch (value.kind()) {
    case JsonKind::null:
        return "null";
    case JsonKind::boolean:
        return value.is_false() ? "false" : "true";
    case JsonKind::natural:
        return std::to_string(*value.natural());
    case JsonKind::integer:
        return std::to_string(*value.integer());
    case JsonKind::fraction:
        return detail::describe_fraction(*value.number());
    case JsonKind::string:
        return detail::in_quotes(*value.string());
    case JsonKind::list:
        return "a list of " + std::to_string(value.items().size());
    case JsonKind::object:
        break;
    }
    return "an object";
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
