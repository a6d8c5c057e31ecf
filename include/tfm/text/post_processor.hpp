#pragma once

/// \file
/// The post-processor of a tokenizer.json: the special tokens around a text.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "limits.hpp"
#include "token_table.hpp"
#include "tokenizer_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Tokens that stand before and after the text's own.
struct TextFrame {
    std::vector<std::int32_t> before;
    std::vector<std::int32_t> after;
};

/// Reads `post_processor`, and fails on what is not implemented.
class PostProcessorReader {
public:
    /// `vocabulary` holds all tokens as the files write them.
    explicit PostProcessorReader(const TokenTable& vocabulary) : vocabulary_(vocabulary) {}

    [[nodiscard]] TextFrame read(const TokenizerJson& json)
    {
        if (!json.is_absent()) read_step(json);
        return std::move(frame_);
    }

private:
    void read_step(const TokenizerJson& json)
    {
        std::string const type = json.string("type", "");
        json.expect_few_before(steps_++);
        if (type == "Sequence") {
            for (const TokenizerJson& part : json.parts("processors")) read_step(part);
        } else if (type == "TemplateProcessing") {
            read_template(json);
        } else if (type == "RobertaProcessing" || type == "BertProcessing") {
            put_around({pair_id(json, "cls")}, {pair_id(json, "sep")});
        } else if (type != "ByteLevel") { // which only moves offsets
            json.refuse("type", "BertProcessing, ByteLevel, RobertaProcessing, TemplateProcessing "
                                "or Sequence");
        }
    }

    void put_around(const std::vector<std::int32_t>& before, const std::vector<std::int32_t>& after)
    {
        frame_.before.insert(frame_.before.begin(), before.begin(), before.end());
        frame_.after.insert(frame_.after.end(), after.begin(), after.end());
    }

    std::int32_t pair_id(const TokenizerJson& json, std::string_view field) const
    {
        auto const pair = json.find(field);
        bool const is_pair = pair && pair->is_list() && pair->items().size() == 2;
        auto const content = is_pair ? pair->at(0).string() : std::nullopt;
        if (!content) json.refuse(field, "a token and its id");
        std::int32_t const id = find(json, field, *content);
        if (pair->at(1).integer() != id)
            json.refuse(field, in_quotes(*content) + " and its id, " + std::to_string(id));
        return id;
    }

    std::int32_t find(const TokenizerJson& json, std::string_view field,
                      std::string_view content) const
    {
        std::int32_t const id = vocabulary_.find(content);
        require(id != no_token, [&] {
            return json.path(field) + ": token " + in_quotes(content) + " is not in the vocabulary";
        });
        return id;
    }

    void read_template(const TokenizerJson& json)
    {
        std::vector<std::int32_t> before;
        std::vector<std::int32_t> after;
        bool has_text = false;
        auto const items = json.find("single");
        // With the text itself, which is one.
        if (items && items->items().size() > most_frame_tokens + 1) refuse_frame(json, "single");
        for (const TokenizerJson& item : json.parts("single")) {
            TokenizerJson const text = item.part("Sequence");
            if (text.is_absent()) {
                std::string const name = item.part("SpecialToken").string("id", "");
                append_special(json, name, has_text ? after : before);
            } else if (has_text || text.string("id", "") != "A") {
                text.refuse("id", "'A', once");
            } else {
                has_text = true;
            }
        }
        if (!has_text) json.refuse("single", "a template with 'A'");
        if (before.size() + after.size() > most_frame_tokens) refuse_frame(json, "single");
        put_around(before, after);
    }

    [[noreturn]] static void refuse_frame(const TokenizerJson& json, std::string_view field)
    {
        json.refuse(field, "at most " + std::to_string(most_frame_tokens) + " tokens");
    }

    /// The ids of a special token by the template's own list, or else by its name.
    void append_special(const TokenizerJson& json, const std::string& name,
                        std::vector<std::int32_t>& ids) const
    {
        TokenizerJson const special = json.part("special_tokens").part(name);
        if (special.is_absent()) return ids.push_back(find(json, "single", name));
        auto const list = special.find("ids");
        if (!list || !list->is_list()) special.refuse("ids", "a list");
        if (list->items().size() > most_frame_tokens) refuse_frame(special, "ids");
        for (auto const& [none, id] : list->items()) {
            auto const value = id.natural();
            bool const is_known = value && *value < vocabulary_.size();
            if (!is_known) special.refuse("ids", "ids of the vocabulary");
            ids.push_back(static_cast<std::int32_t>(*value));
        }
    }

    const TokenTable& vocabulary_;
    TextFrame frame_;
    std::size_t steps_ = 0;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
