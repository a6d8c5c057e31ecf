#pragma once

/// \file
/// A tokenizer.json of byte-level byte-pair encoding: its tokens and its merge rules.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "../config.hpp"
#include "../io/text_file.hpp"
#include "merges_file.hpp"
#include "special_tokens.hpp"
#include "tokenizer_json.hpp"
#include "vocabulary.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// Fails on whatever would give other ids than GPT-2's tokenizer does with the same vocabulary.
/// `unk_token` and `byte_fallback` do not: every byte has a token. How long a text may become and
/// what fills it up (`truncation`, `padding`) is for the caller to decide.
inline void check_byte_level(const TokenizerJson& root)
{
    TokenizerJson const model = root.part("model");
    model.expect("type", "BPE", "BPE");
    for (const char* const field : {"continuing_subword_prefix", "end_of_word_suffix"})
        model.expect(field, "", "");
    if (auto const dropout = model.find("dropout"); dropout && dropout->number() != 0.0)
        model.refuse("dropout", "nothing");
    model.expect_flag("ignore_merges", false, false);
    root.expect_nothing("normalizer");
    TokenizerJson const pieces = root.part("pre_tokenizer");
    pieces.expect("type", "ByteLevel", {});
    pieces.expect_flag("add_prefix_space", false, true);
    pieces.expect_flag("use_regex", true, true);
    // The post-processor of this name only moves offsets.
    root.part("post_processor").expect("type", "ByteLevel", "ByteLevel");
}

/// The rules of `model.merges`, strings `LEFT RIGHT` or lists of two.
inline MergeTable tokenizer_merges(const TokenizerJson& model, const TokenTable& vocabulary)
{
    auto const rules = model.find("merges");
    if (!rules || !rules->is_list()) model.refuse("merges", "a list");
    MergeTable merges(rules->items().size());
    std::uint32_t rank = 0;
    for (auto const& [key, rule] : rules->items()) {
        MergePlace const place{model.file(), "merge", rank};
        if (auto const text = rule.string()) {
            add_merge(merges, vocabulary, *text, rank++, place);
            continue;
        }
        bool const is_pair = rule.is_list() && rule.items().size() == 2;
        auto const left = is_pair ? rule.at(0).string() : std::nullopt;
        auto const right = is_pair ? rule.at(1).string() : std::nullopt;
        require(left && right, [&] { return place.text() + "expected two tokens"; });
        add_merge(merges, vocabulary, *left, *right, rank++, place);
    }
    return merges;
}

/// Tokens and rules of a tokenizer.json and the files beside it. Fails naming the file, and the
/// field, token or rule.
inline std::pair<Vocabulary, MergeTable>
read_byte_level_tokenizer(const TextFile& tokenizer,
                          const std::optional<TextFile>& special_tokens_map,
                          const std::optional<TextFile>& tokenizer_config)
{
    JsonDocument const document = parse_json_object(tokenizer);
    TokenizerJson const root(tokenizer.name, document.root());
    check_byte_level(root);
    SpecialTokens special = parse_special_tokens(special_tokens_map, {}, tokenizer_config);
    std::vector<SpecialToken> added = added_tokens(root, false);
    // Those with an id first, so that the others find them.
    special.tokens.insert(special.tokens.begin(), added.begin(), added.end());
    TokenizerJson const model = root.part("model");
    Vocabulary vocabulary = make_vocabulary(tokenizer.name, tokenizer_vocabulary(model), special);
    MergeTable merges = tokenizer_merges(model, vocabulary.entries);
    return {std::move(vocabulary), std::move(merges)};
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
