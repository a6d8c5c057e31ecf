#pragma once

/// \file
/// What a tokenizer is made of.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "added_tokens.hpp"
#include "byte_pair_model.hpp"
#include "post_processor.hpp"
#include "pre_tokenizer.hpp"
#include "text_normalizer.hpp"
#include "token_decoder.hpp"
#include "token_table.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The parts of a tokenizer, in the order in which a text goes through them.
struct TokenizerParts {
    TokenTable tokens; ///< all, as the files write them, numbered by id
    TextNormalizer normalizer;
    AddedTokens added;
    PreTokenizer pre_tokenizer;
    BytePairModel model;
    TextFrame frame;
    TokenDecoder decoder;
    /// The ids of added tokens that are looked for in the normalized text, in order, and what they
    /// are there, which is what they are decoded from.
    std::vector<std::pair<std::int32_t, std::string>> normalized{};
    std::string text{}; ///< that each token is decoded to by itself
    std::vector<std::size_t> text_begins{0};
    std::vector<std::uint8_t> is_byte{};
    std::vector<std::uint8_t> is_special{};
    std::optional<std::int32_t> begin_of_text{};
    std::optional<std::int32_t> end_of_text{};

    /// Whether an id has a token. Fails for a negative one.
    [[nodiscard]] bool has(std::int32_t id) const
    {
        require(id >= 0, [&] {
            return "token id " + std::to_string(id) + " is out of range: expected 0 or more";
        });
        return static_cast<std::size_t>(id) < tokens.size() && tokens.has(id);
    }

    /// What a token is decoded from. \pre the id has one
    [[nodiscard]] std::string_view written(std::int32_t id) const
    {
        auto const found = std::lower_bound(
            normalized.begin(), normalized.end(), id,
            [](const auto& token, std::int32_t wanted) { return token.first < wanted; });
        bool const is_normalized = found != normalized.end() && found->first == id;
        return is_normalized ? found->second : tokens.bytes(id);
    }

    /// The token of an id that has one.
    [[nodiscard]] TokenDecoder::Token decoded(std::int32_t id) const
    {
        auto const i = static_cast<std::size_t>(id);
        std::string_view const all = text;
        return {written(id), all.substr(text_begins[i], text_begins[i + 1] - text_begins[i]),
                is_byte[i] != 0};
    }

    /// Decodes one more token of a row.
    void decode(std::int32_t id, bool skips_special, TokenDecoder::State& state,
                std::string& out) const
    {
        if (!has(id)) return;
        if (skips_special && is_special[static_cast<std::size_t>(id)] != 0) return;
        decoder.append(decoded(id), state, out);
    }
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
