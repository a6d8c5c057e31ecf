#pragma once

/// \file
/// Loading a WordPiece encoder, and encoding.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "bert_tokenizer.hpp"
#include "bert_words.hpp"
#include "word_piece.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// How many tokens of two texts to keep, of `room` together.
inline std::pair<std::size_t, std::size_t> longest_first(std::size_t first, std::size_t second,
                                                         std::size_t room)
{
    std::size_t const shorter = std::min(first, second);
    if (first + second <= room) return {first, second};
    if (shorter <= room / 2) {
        return first < second ? std::pair(first, room - first) : std::pair(room - second, second);
    }
    std::size_t const more = room / 2 + room % 2;
    return first > second ? std::pair(more, room / 2) : std::pair(room / 2, more);
}

} // namespace detail

TFM_INLINE WordPieceEncoder WordPieceEncoder::load(const std::filesystem::path& folder,
                                                   std::optional<BertTextOptions> options)
{
    const auto read = [&](const char* name) {
        return detail::read_text_file_if_present(folder / name);
    };
    if (auto file = read("tokenizer.json")) {
        return from(TokenizerJsonFiles{std::move(*file), {}, read("tokenizer_config.json")},
                    options);
    }
    return from(WordPieceFiles{detail::read_text_file(folder / "vocab.txt"),
                               read("added_tokens.json"), read("special_tokens_map.json"),
                               read("tokenizer_config.json")},
                options);
}

TFM_INLINE WordPieceEncoder WordPieceEncoder::from(const WordPieceFiles& files,
                                                   std::optional<BertTextOptions> options)
{
    return {detail::read_bert_tokenizer(files.vocab, files.added_tokens, files.special_tokens_map,
                                        files.tokenizer_config),
            files.vocab.name, options};
}

TFM_INLINE WordPieceEncoder WordPieceEncoder::from(const TokenizerJsonFiles& files,
                                                   std::optional<BertTextOptions> options)
{
    return {detail::read_bert_tokenizer(files.tokenizer, files.tokenizer_config),
            files.tokenizer.name, options};
}

TFM_INLINE WordPieceEncoder::WordPieceEncoder(detail::BertTokenizer tokenizer,
                                              const std::string& file,
                                              const std::optional<BertTextOptions>& options)
    : tokens_(std::move(tokenizer.vocabulary.entries)), pieces_(std::move(tokenizer.pieces)),
      special_(std::move(tokenizer.vocabulary.special)),
      is_special_(std::move(tokenizer.vocabulary.is_special)),
      decoder_(std::move(tokenizer.decoder)), options_(options.value_or(tokenizer.options)),
      longest_word_(tokenizer.longest_word), unknown_(special_id(tokenizer.unknown, file)),
      first_(special_id(tokenizer.first, file)), separator_(special_id(tokenizer.separator, file))
{
}

TFM_INLINE std::int32_t WordPieceEncoder::special_id(const std::string& content,
                                                     const std::string& file) const
{
    std::int32_t const id = tokens_.find(content);
    require(id != detail::no_token, [&] {
        return file + ": expected the special token " + detail::in_quotes(content) +
               ", found no such token";
    });
    return id;
}

TFM_INLINE std::vector<std::int32_t> WordPieceEncoder::encode(std::string_view text,
                                                              SpecialTokenText special) const
{
    std::vector<std::int32_t> ids;
    ids.reserve(text.size() / 4 + 1);
    special_.split(text, special, ids, [&](std::string_view plain) { encode_plain(plain, ids); });
    return ids;
}

TFM_INLINE void WordPieceEncoder::encode_plain(std::string_view text,
                                               std::vector<std::int32_t>& ids) const
{
    detail::BertWordCutter cutter(options_, [&](std::string_view word, std::size_t characters) {
        if (characters > longest_word_ || !pieces_.append(word, ids)) ids.push_back(unknown_);
    });
    cutter.cut(text);
}

TFM_INLINE std::string WordPieceEncoder::decode(std::span<const std::int32_t> ids,
                                                const DecodeOptions& options) const
{
    std::string text;
    bool is_first = true;
    for (const std::int32_t id : ids) {
        require(id >= 0, [&] {
            return "token id " + std::to_string(id) + " is out of range: expected 0 or more";
        });
        auto const i = static_cast<std::size_t>(id);
        if (i >= vocab_size() || !tokens_.has(id)) continue;
        if (options.skip_special_tokens && is_special_[i]) continue;
        decoder_.append(tokens_.bytes(id), is_first, text);
        is_first = false;
    }
    return text;
}

TFM_INLINE TokenizedText WordPieceEncoder::encode_single(std::string_view text,
                                                         std::size_t max_length,
                                                         SpecialTokenText special) const
{
    require(max_length >= 2, [&] {
        return "expected room for [CLS] and [SEP], found a maximum length of " +
               std::to_string(max_length);
    });
    TokenizedText result;
    std::vector<std::int32_t> const ids = encode(text, special);
    std::size_t const kept = std::min(ids.size(), max_length - 2);
    result.ids.reserve(kept + 2);
    result.ids.push_back(first_);
    result.ids.insert(result.ids.end(), ids.data(), ids.data() + kept);
    result.ids.push_back(separator_);
    result.types.resize(result.ids.size());
    return result;
}

TFM_INLINE TokenizedText WordPieceEncoder::encode_pair(std::string_view first,
                                                       std::string_view second,
                                                       std::size_t max_length,
                                                       SpecialTokenText special) const
{
    require(max_length >= 3, [&] {
        return "expected room for [CLS] and two [SEP], found a maximum length of " +
               std::to_string(max_length);
    });
    std::vector<std::int32_t> const more = encode(second, special);
    std::vector<std::int32_t> const ids = encode(first, special);
    auto const [kept, more_kept] = detail::longest_first(ids.size(), more.size(), max_length - 3);
    TokenizedText result;
    result.ids.reserve(kept + more_kept + 3);
    result.ids.push_back(first_);
    result.ids.insert(result.ids.end(), ids.data(), ids.data() + kept);
    result.ids.push_back(separator_);
    result.types.resize(result.ids.size(), 0);
    result.ids.insert(result.ids.end(), more.data(), more.data() + more_kept);
    result.ids.push_back(separator_);
    result.types.resize(result.ids.size(), 1);
    return result;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
