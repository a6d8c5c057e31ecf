#pragma once

/// \file
/// JSON of untrusted origin as a tree: strict, bounded, without exceptions.

#include <cstddef>
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
    bool start_object(std::size_t) override { return open(nlohmann::json::value_t::object); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(nlohmann::json::value_t::array); }
    bool end_array() override { return close(); }

    bool key(string_t& key) override
    {
        auto& fields = open_.back()->get_ref<nlohmann::json::object_t&>();
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

    nlohmann::json&& take() && noexcept { return std::move(root_); }

private:
    /// Puts a value where the next one belongs: at the root, behind a key, at the end of an array.
    bool add(nlohmann::json value)
    {
        if (!open_.empty() && open_.back()->is_array()) {
            auto& elements = open_.back()->get_ref<nlohmann::json::array_t&>();
            value_ = &elements.emplace_back(std::move(value));
        } else {
            *value_ = std::move(value);
        }
        return true;
    }

    bool open(nlohmann::json::value_t kind)
    {
        if (open_.size() == max_depth) {
            problem_ = "nested more than 64 levels deep";
            return false;
        }
        add(nlohmann::json(kind));
        open_.push_back(value_);
        return true;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    nlohmann::json root_;
    nlohmann::json* value_ = &root_;    // the last one added, or the one that a key awaits
    std::vector<nlohmann::json*> open_; // objects and arrays, from the root inwards
    std::string problem_;
};

/// The tree of `text`, or none with `problem` saying why; it stays empty where the text is no JSON.
inline std::optional<nlohmann::json> parse_json_tree(std::string_view text, std::string& problem)
{
    JsonTree tree;
    if (parse_json_events(text, tree)) return std::move(tree).take();
    problem = tree.problem();
    return std::nullopt;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
