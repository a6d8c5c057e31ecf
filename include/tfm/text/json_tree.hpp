#pragma once

/// \file
/// JSON of untrusted origin as a tree: strict, bounded, without exceptions.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "json_events.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A JSON value.
using Json = nlohmann::json;

namespace detail {

/// Grows a tree from the parser's events, and stops at what JSON allows and a file must not hold.
class JsonTree final : public JsonListener {
public:
    static constexpr std::size_t max_depth = 64; // bounds the recursion of copying and printing

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::value_t::object); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Json::value_t::array); }
    bool end_array() override { return close(); }

    bool key(string_t& key) override
    {
        auto& fields = open_.back()->get_ref<Json::object_t&>();
        auto const [field, is_new] = fields.try_emplace(std::move(key));
        if (!is_new) problem_ = "field " + in_quotes(field->first) + " is given twice";
        value_ = &field->second;
        return is_new;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override
    {
        return false;
    }

    /// What was wrong other than the text's not being JSON; empty when nothing was.
    const std::string& problem() const noexcept { return problem_; }

    Json&& take() && noexcept { return std::move(root_); }

private:
    /// Puts a value where the next one belongs: at the root, behind a key, at the end of an array.
    bool add(Json value)
    {
        if (!open_.empty() && open_.back()->is_array()) {
            auto& elements = open_.back()->get_ref<Json::array_t&>();
            value_ = &elements.emplace_back(std::move(value));
        } else {
            *value_ = std::move(value);
        }
        return true;
    }

    bool open(Json::value_t kind)
    {
        if (open_.size() == max_depth) {
            problem_ = "nested more than 64 levels deep";
            return false;
        }
        add(Json(kind));
        open_.push_back(value_);
        return true;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    Json root_;
    Json* value_ = &root_;    // the last one added, or the one that a key awaits
    std::vector<Json*> open_; // objects and arrays, from the root inwards
    std::string problem_;
};

/// Whether a field with this value says no: false. (Comparing with `false` would have a compiler
/// build the comparison of any two values.)
inline bool is_false(const Json& value)
{
    const auto* const flag = value.get_ptr<const bool*>();
    return flag != nullptr && !*flag;
}

/// A number that JSON writes with a point or an exponent, to 15 digits.
inline std::string describe_fraction(double value)
{
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.15g", value);
    std::string text = buffer.data();
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

/// The tree of `text`, or none with `problem` saying why; it stays empty where the text is no JSON.
inline std::optional<Json> parse_json_tree(std::string_view text, std::string& problem)
{
    JsonTree tree;
    if (parse_json_events(text, tree)) return std::move(tree).take();
    problem = tree.problem();
    return std::nullopt;
}

} // namespace detail

/// `value` as an error message shows it: a string, number, truth value or null as written, the kind
/// of anything else.
inline std::string describe(const Json& value)
{
    if (const auto* text = value.get_ptr<const std::string*>()) return detail::in_quotes(*text);
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list of " + std::to_string(value.size());
    if (const auto* flag = value.get_ptr<const bool*>()) return *flag ? "true" : "false";
    if (const auto* natural = value.get_ptr<const std::uint64_t*>())
        return std::to_string(*natural);
    if (const auto* whole = value.get_ptr<const std::int64_t*>()) return std::to_string(*whole);
    if (const auto* number = value.get_ptr<const double*>())
        return detail::describe_fraction(*number);
    return "null";
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
