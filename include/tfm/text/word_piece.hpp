#pragma once

/// \file
/// BERT's tokenizer: WordPiece.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../io/text_file.hpp"
#include "../diagnostics.hpp"
#include "../io/text_file.hpp"
#include "bert_tokenizer.hpp"
#include "bert_words.hpp"
#include "special_token_finder.hpp"
#include "word_pieces.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// What BERT reads: tokens, and which text each belongs to.
struct TokenizedText {
    std::vector<std::int32_t> ids;   ///< special tokens among them
    std::vector<std::int32_t> types; ///< 0: the first text with [CLS] and its [SEP]; 1: the second
};

/// Turns text into BERT's tokens. Ids are those of Hugging Face's BertTokenizerFast for the same
/// files: clean-up, NFD without marks, lower case, spaces around ideographs, words cut at white
/// space and punctuation, and of each word the longest pieces first; a word with a part that is in
/// no vocabulary, or of more than 100 characters, is [UNK].
///
/// Special tokens are cut out of the text first, matched exactly. Immutable once made: any number
/// of threads may use one encoder.
class WordPieceEncoder {
public:
    static constexpr std::size_t unlimited =
        std::numeric_limits<std::size_t>::max(); ///< no limit on the tokens

    /// Reads tokenizer.json of a folder; where there is none, vocab.txt with added_tokens.json,
    /// special_tokens_map.json and tokenizer_config.json where there are any. `options` take the
    /// place of what the files say. Fails naming file, and line, field or token, if one cannot be
    /// read, is malformed, disagrees with another or asks for what is not implemented.
    [[nodiscard]] static WordPieceEncoder load(const std::filesystem::path& folder,
                                               std::optional<BertTextOptions> options = {});

    /// The same from files in memory: vocab.txt with its neighbours, or tokenizer.json.
    [[nodiscard]] static WordPieceEncoder from(const WordPieceFiles& files,
                                               std::optional<BertTextOptions> options = {})
    {
        return {detail::read_bert_tokenizer(files), files.vocab.name, options};
    }
    /// From the text of tokenizer.json and its companion.
    [[nodiscard]] static WordPieceEncoder from(const TextFile& tokenizer_json,
                                               std::optional<BertTextOptions> options = {})
    {
        return {detail::read_bert_tokenizer(tokenizer_json), tokenizer_json.name, options};
    }

    /// The ids of a text and nothing around them.
    [[nodiscard]] std::vector<std::int32_t>
    encode(std::string_view text, SpecialTokenText special = SpecialTokenText::recognise) const;

    /// [CLS] text [SEP], at most `max_length` tokens: what is too long is cut off at its end.
    /// Throws `tfm::Error` where there is no room for the special tokens.
    [[nodiscard]] TokenizedText
    encode_single(std::string_view text, std::size_t max_length = unlimited,
                  SpecialTokenText special = SpecialTokenText::recognise) const;

    /// [CLS] first [SEP] second [SEP], at most `max_length` tokens: the longer text is cut off
    /// until both are equally long, then both are (Hugging Face's `longest_first`). Of an odd
    /// number of tokens the longer text, or else the second, keeps one more. Throws `tfm::Error`
    /// where there is no room for the special tokens.
    [[nodiscard]] TokenizedText
    encode_pair(std::string_view first, std::string_view second, std::size_t max_length = unlimited,
                SpecialTokenText special = SpecialTokenText::recognise) const;

    /// A token as the files write it, with its `##`. Fails if the id is not in [0, vocab_size()).
    [[nodiscard]] std::string_view token(std::int32_t id) const
    {
        require(id >= 0 && static_cast<std::size_t>(id) < vocab_size(), [&] {
            return "token id " + std::to_string(id) + " is out of range: expected 0 to " +
                   std::to_string(vocab_size() - 1);
        });
        return tokens_.bytes(id);
    }

    /// The token that the files write so, if there is one.
    [[nodiscard]] std::optional<std::int32_t> token_id(std::string_view token) const
    {
        std::int32_t const id = tokens_.find(token);
        return id == detail::no_token ? std::nullopt : std::optional(id);
    }

    /// Number of tokens, special ones included.
    [[nodiscard]] std::size_t vocab_size() const noexcept { return tokens_.size(); }

    /// How text is cleaned and cut into words.
    [[nodiscard]] const BertTextOptions& options() const noexcept { return options_; }

private:
    WordPieceEncoder(detail::BertTokenizer tokenizer, const std::string& file,
                     const std::optional<BertTextOptions>& options);

    std::int32_t special_id(const std::string& content, const std::string& file) const;
    void encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const;

    detail::TokenTable tokens_;
    detail::WordPieces pieces_;
    detail::SpecialTokenFinder special_;
    BertTextOptions options_;
    std::size_t longest_word_;
    std::int32_t unknown_;
    std::int32_t first_;
    std::int32_t separator_;
};

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

inline WordPieceEncoder WordPieceEncoder::load(const std::filesystem::path& folder,
                                               std::optional<BertTextOptions> options)
{
    if (auto const file = detail::read_text_file_if_present(folder / "tokenizer.json"))
        return from(*file, options);
    return from(
        WordPieceFiles{detail::read_text_file(folder / "vocab.txt"),
                       detail::read_text_file_if_present(folder / "added_tokens.json"),
                       detail::read_text_file_if_present(folder / "special_tokens_map.json"),
                       detail::read_text_file_if_present(folder / "tokenizer_config.json")},
        options);
}

inline WordPieceEncoder::WordPieceEncoder(detail::BertTokenizer tokenizer, const std::string& file,
                                          const std::optional<BertTextOptions>& options)
    : tokens_(std::move(tokenizer.vocabulary.entries)), pieces_(std::move(tokenizer.pieces)),
      special_(std::move(tokenizer.vocabulary.special)),
      options_(options.value_or(tokenizer.options)), longest_word_(tokenizer.longest_word),
      unknown_(special_id(tokenizer.unknown, file)), first_(special_id(tokenizer.first, file)),
      separator_(special_id(tokenizer.separator, file))
{
}

inline std::int32_t WordPieceEncoder::special_id(const std::string& content,
                                                 const std::string& file) const
{
    std::int32_t const id = tokens_.find(content);
    require(id != detail::no_token, [&] {
        return file + ": expected the special token " + detail::in_quotes(content) +
               ", found no such token";
    });
    return id;
}

inline std::vector<std::int32_t> WordPieceEncoder::encode(std::string_view text,
                                                          SpecialTokenText special) const
{
    std::vector<std::int32_t> ids;
    ids.reserve(text.size() / 4 + 1);
    if (special == SpecialTokenText::recognise) {
        std::size_t begin = 0;
        for (auto match = special_.find(text, 0); match.length != 0;
             match = special_.find(text, begin)) {
            encode_plain(text.substr(begin, match.position - begin), ids);
            ids.push_back(match.token);
            begin = match.position + match.length;
        }
        text.remove_prefix(begin);
    }
    encode_plain(text, ids);
    return ids;
}

inline void WordPieceEncoder::encode_plain(std::string_view text,
                                           std::vector<std::int32_t>& ids) const
{
    detail::BertWordCutter cutter(options_, [&](std::string_view word, std::size_t characters) {
        if (characters > longest_word_ || !pieces_.append(word, ids)) ids.push_back(unknown_);
    });
    cutter.cut(text);
}

inline TokenizedText WordPieceEncoder::encode_single(std::string_view text, std::size_t max_length,
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

inline TokenizedText WordPieceEncoder::encode_pair(std::string_view first, std::string_view second,
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
