#pragma once

/// \file
/// Reading a tokenizer from its files.

#include <algorithm>
#include <array>
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
#include "../sorted_places.hpp"
#include "added_tokens.hpp"
#include "byte_pair_model.hpp"
#include "limits.hpp"
#include "merges_file.hpp"
#include "post_processor.hpp"
#include "pre_tokenizer.hpp"
#include "text_normalizer.hpp"
#include "token_collection.hpp"
#include "token_decoder.hpp"
#include "token_table.hpp"
#include "tokenizer_files.hpp"
#include "tokenizer_json.hpp"
#include "tokenizer_parts.hpp"
#include "tokenizer_settings.hpp"
#include "vocabulary_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What an added token is in normalized text.
inline std::string normalized_content(const std::string& content, const TextNormalizer& normalizer,
                                      const std::string& file)
{
    std::string normalized = normalizer(content);
    require(normalized.size() <= longest_added_token, [&] {
        return file + ": special token " + in_quotes(content) + ": expected at most " +
               std::to_string(longest_added_token) + " bytes when normalized, found " +
               std::to_string(normalized.size());
    });
    return normalized;
}

/// Sets what follows from the tokens: which are special, and their texts.
inline void finish_tokens(TokenizerParts& parts, const TokenCollection& tokens,
                          const TokenizerSettings& settings)
{
    parts.tokens = tokens.all();
    parts.added = AddedTokens(tokens.added(), parts.normalizer);
    std::size_t const count = parts.tokens.size();
    parts.is_special.resize(count);
    auto const& added = tokens.added();
    auto const by_id = sorted_places(added.size(), [&](std::size_t a, std::size_t b) {
        return added[a].second < added[b].second;
    });
    for (std::size_t const place : by_id) {
        auto const& [token, id] = added[place];
        parts.is_special[static_cast<std::size_t>(id)] = token.special ? 1 : 0;
        if (token.normalized)
            parts.normalized.push_back(
                {id, normalized_content(token.content, parts.normalizer, tokens.file())});
    }
    for (std::int32_t id = 0; id < static_cast<std::int32_t>(count); ++id) {
        std::string_view const written = parts.written(id);
        auto const byte = parts.decoder.byte_of(written);
        parts.is_byte.push_back(byte ? 1 : 0);
        parts.text += byte ? std::string(1, *byte) : parts.decoder.token_text(written);
        parts.text_begins.push_back(parts.text.size());
    }
    const auto find = [&](const std::optional<std::string>& content) {
        std::int32_t const id = content ? parts.tokens.find(*content) : no_token;
        return id == no_token ? std::nullopt : std::optional(id);
    };
    parts.begin_of_text = find(settings.begin_of_text);
    parts.end_of_text =
        find(settings.end_of_text ? *settings.end_of_text : std::string("<|endoftext|>"));
}

/// The tokens around a text that `add_bos_token` and `add_eos_token` ask for. `otherwise` is the
/// name of both where no file gives them.
inline TextFrame frame_by_flags(const TokenizerParts& parts, const TokenizerSettings& settings,
                                const char* otherwise)
{
    TextFrame frame;
    const auto add = [&](bool is_wanted, const char* field,
                         const std::optional<std::string>& stated, std::vector<std::int32_t>& ids) {
        if (!is_wanted) return;
        std::string const content = stated.value_or(otherwise);
        std::int32_t const id = parts.tokens.find(content);
        require(id != no_token, [&] {
            return settings.file + ": '" + field + "': token " + in_quotes(content) +
                   " is not in the vocabulary";
        });
        ids.push_back(id);
    };
    add(settings.add_bos_token.value_or(false), "add_bos_token", settings.begin_of_text,
        frame.before);
    add(settings.add_eos_token.value_or(false), "add_eos_token", settings.end_of_text, frame.after);
    return frame;
}

/// The rules of `model.merges`, strings `LEFT RIGHT` or lists of two.
inline MergeTable tokenizer_merges(const TokenizerJson& model, const TokenTable& vocabulary)
{
    auto const rules = model.find("merges");
    if (!rules || !rules->is_list()) model.refuse("merges", "a list");
    MergeTable merges(rules->items().size(), model.file());
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

/// The model's options. Fails on what is not implemented.
inline BytePairOptions byte_pair_options(const TokenizerJson& model, const TokenTable& vocabulary,
                                         bool is_byte_level)
{
    for (const char* const field : {"continuing_subword_prefix", "end_of_word_suffix"})
        model.expect(field, "", "");
    if (auto const dropout = model.find("dropout"); dropout && dropout->number() != 0.0)
        model.refuse("dropout", "nothing");
    BytePairOptions options{.is_byte_level = is_byte_level,
                            .byte_fallback = model.boolean("byte_fallback", false),
                            .fuse_unk = model.boolean("fuse_unk", false),
                            .ignore_merges = model.boolean("ignore_merges", false)};
    if (model.find("unk_token")) {
        std::int32_t const unknown = vocabulary.find(model.string("unk_token", ""));
        if (unknown == no_token) model.refuse("unk_token", "a token of the vocabulary");
        options.unknown = unknown;
    }
    return options;
}

/// The `added_tokens` of tokenizer.json, then those of the settings.
inline std::vector<StatedToken> stated_tokens(const TokenizerJson& root,
                                              const TokenizerSettings& settings)
{
    std::vector<StatedToken> tokens;
    for (const TokenizerJson& part : root.parts("added_tokens")) {
        std::string const where = root.file() + ": 'added_tokens'";
        AddedToken token = read_added_token(part.value(), where, false);
        auto const id = part.find("id");
        require(id && id->integer().value_or(-1) >= 0,
                [&] { return where + ": " + in_quotes(token.content) + ": expected an id"; });
        tokens.push_back({std::move(token), id->integer(), root.file()});
    }
    for (const StatedToken& token : settings.tokens) tokens.push_back(token);
    return tokens;
}

/// Whether ByteLevel puts a space before a text, if it is a step of a pre-tokenizer.
inline std::optional<bool> byte_level_prefix(const TokenizerJson& step)
{
    std::string const type = step.string("type", "");
    if (type == "ByteLevel") return step.boolean("add_prefix_space", true);
    if (type == "Sequence")
        for (const TokenizerJson& part : step.parts("pretokenizers"))
            if (auto const found = byte_level_prefix(part)) return found;
    return std::nullopt;
}

/// Fails where tokenizer_config.json says other than tokenizer.json. Versions of transformers
/// differ in which of the two they follow.
inline void check_settings(const TokenizerJson& root, const TokenizerSettings& settings,
                           const TextFrame& frame)
{
    const auto check = [&](const char* field, const std::optional<bool>& stated, bool is_so) {
        require(!stated || *stated == is_so, [&] {
            return settings.file + ": '" + field + "': expected " + (is_so ? "true" : "false") +
                   " as in " + root.file() + ", found " + (*stated ? "true" : "false");
        });
    };
    check("add_bos_token", settings.add_bos_token, !frame.before.empty());
    check("add_eos_token", settings.add_eos_token, !frame.after.empty());
    if (auto const is_added = byte_level_prefix(root.part("pre_tokenizer")))
        check("add_prefix_space", settings.add_prefix_space, *is_added);
}

/// Everything that tokenizer.json and the files beside it say.
inline TokenizerParts read_tokenizer(const TokenizerJsonFiles& files)
{
    TokenizerSettings const settings =
        TokenizerSettingsReader(files.special_tokens_map, {}, files.tokenizer_config).take();
    JsonDocument const document = parse_json_object(files.tokenizer);
    TokenizerJson const root(files.tokenizer.name, document.root());
    TokenizerJson const model = root.part("model");
    model.expect("type", "BPE", model.find("merges") ? "BPE" : "");

    TokenizerParts parts;
    parts.normalizer = TextNormalizer(root.part("normalizer"));
    parts.pre_tokenizer = PreTokenizer(root.part("pre_tokenizer"));
    parts.decoder = TokenDecoder(root.part("decoder"));
    std::vector<StatedToken> const stated = stated_tokens(root, settings);
    TokenCollection tokens(files.tokenizer.name, tokenizer_vocabulary(model), stated.size());
    for (const StatedToken& token : stated) tokens.add(token);
    finish_tokens(parts, tokens, settings);

    TokenTable const vocabulary = tokens.model(parts.tokens);
    parts.model =
        BytePairModel(vocabulary, tokenizer_merges(model, vocabulary),
                      byte_pair_options(model, vocabulary, parts.pre_tokenizer.is_byte_level()));
    parts.frame = PostProcessorReader(parts.tokens).read(root.part("post_processor"));
    check_settings(root, settings, parts.frame);
    return parts;
}

/// What a class of transformers does that reads vocab.json and merges.txt.
struct BytePairClass {
    std::string_view name;       ///< of the class, without "Fast"
    std::string_view model_type; ///< in config.json
    std::string_view pattern;    ///< by which a text is cut
    bool is_composed;            ///< whether the text is put into NFC
};

inline constexpr std::array<BytePairClass, 2> byte_pair_classes{
    {{"GPT2Tokenizer", "gpt2", gpt2_split_pattern, false},
     {"Qwen2Tokenizer", "qwen2", qwen2_split_pattern, true}}};

/// The class that the files name, or GPT-2's where they name none. Fails on any other.
inline const BytePairClass& byte_pair_class(const BytePairFiles& files,
                                            const TokenizerSettings& settings)
{
    std::string file = settings.file;
    const char* field = "tokenizer_class";
    std::string name = settings.tokenizer_class;
    if (name.empty() && files.config) {
        JsonDocument const document = parse_json_object(*files.config);
        file = files.config->name;
        field = "model_type";
        name = TokenizerJson(file, document.root()).string(field, "");
    }
    if (name.empty()) return byte_pair_classes[0];
    for (const BytePairClass& known : byte_pair_classes)
        if (name == known.name || name == known.model_type) return known;
    fail(file + ": '" + field + "': expected GPT2Tokenizer or Qwen2Tokenizer beside " +
         files.vocab.name + ", found " + in_quotes(name) +
         ": another class needs a tokenizer.json, which transformers writes with "
         "AutoTokenizer.from_pretrained(FOLDER, use_fast=True).save_pretrained(FOLDER)");
}

/// Everything that vocab.json, merges.txt and the files beside them say.
inline TokenizerParts read_tokenizer(const BytePairFiles& files)
{
    TokenizerSettings settings = TokenizerSettingsReader(files.special_tokens_map,
                                                         files.added_tokens, files.tokenizer_config)
                                     .take();
    const BytePairClass& kind = byte_pair_class(files, settings);
    TokenizerParts parts;
    if (kind.is_composed) parts.normalizer = TextNormalizer(NormalForm::nfc);
    parts.pre_tokenizer = PreTokenizer(kind.pattern, settings.add_prefix_space.value_or(false));
    parts.decoder = TokenDecoder::byte_level();
    std::vector<TokenEntry> entries = parse_token_object(files.vocab);
    // Both classes have it as a special token even where no file says so.
    std::string const end = "<|endoftext|>";
    bool const has_end = std::any_of(entries.begin(), entries.end(),
                                     [&](const TokenEntry& entry) { return entry.content == end; });
    if (has_end) {
        AddedToken token{.content = end, .special = true};
        settings.tokens.push_back({std::move(token), {}, files.vocab.name, true});
    }
    TokenCollection tokens(files.vocab.name, std::move(entries), settings.tokens.size());
    for (const StatedToken& token : settings.tokens) tokens.add(token);
    finish_tokens(parts, tokens, settings);

    TokenTable const vocabulary = tokens.model(parts.tokens);
    parts.model =
        BytePairModel(vocabulary, parse_merges(files.merges, vocabulary), {.is_byte_level = true});
    parts.frame = frame_by_flags(parts, settings, "<|endoftext|>");
    return parts;
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
