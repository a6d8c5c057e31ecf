#pragma once

/// \file
/// The tokens that end a text, wherever a folder says so.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../nn/tokens.hpp"
#include "generation_config.hpp"
#include "hugging_face_config.hpp"

namespace tfm {

/// What ends a text, and what says so.
struct EndOfText {
    std::vector<Token> tokens; ///< any of these; empty: nothing does
    std::string source; ///< "generation_config.json", "config.json" or "the tokenizer"; or empty
};

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The end of text of transformers' class where config.json does not name the field.
inline constexpr std::array<std::pair<std::string_view, Token>, 4> usual_ends{
    {{"gpt2", 50256}, {"gpt_neox", 2}, {"llama", 2}, {"mistral", 2}}};

} // namespace detail

/// The tokens that end a text by config.json: one id or a list of them, or else what transformers'
/// class has. An id that the vocabulary lacks counts as not given: small models often carry GPT-2's
/// 50256 though their vocabulary ends before it. So does -1.
/// \throws tfm::Error when the field is anything but ids
inline std::vector<Token> read_end_of_text(const HuggingFaceConfig& json, std::size_t vocab)
{
    std::vector<Token> ends;
    auto const add = [&](const Json& value) {
        if (!value.natural() && value.integer() != -1)
            json.refuse("eos_token_id", "one token id, a list of them or null", describe(value));
        if (value.natural() && *value.natural() < vocab)
            ends.push_back(static_cast<Token>(*value.natural()));
    };
    auto const value = json.find("eos_token_id");
    if (value && value->is_list()) {
        for (const JsonItem item : value->items()) add(item.value);
    } else if (value) {
        add(*value);
    }
    if (json.has("eos_token_id")) return ends;
    std::string const family = json.string("model_type").value_or("gpt2");
    for (auto const& [name, end] : detail::usual_ends)
        if (name == family && static_cast<std::size_t>(end) < vocab) ends.push_back(end);
    return ends;
}

/// The tokens that end a text: those of the first that names any of generation_config.json,
/// config.json and the tokenizer, in transformers' order.
/// \param vocab tokens that the model has
/// \throws tfm::Error when config.json's field is anything but ids
inline EndOfText find_end_of_text(const std::optional<GenerationConfig>& generation,
                                  const HuggingFaceConfig& json, std::size_t vocab,
                                  std::optional<Token> by_tokenizer)
{
    if (generation && !generation->end_of_text.empty())
        return {generation->end_of_text, "generation_config.json"};
    if (auto ends = read_end_of_text(json, vocab); !ends.empty())
        return {std::move(ends), "config.json"};
    if (by_tokenizer && static_cast<std::size_t>(*by_tokenizer) < vocab)
        return {{*by_tokenizer}, "the tokenizer"};
    return {};
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
