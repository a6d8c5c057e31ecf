#pragma once

/// \file
/// BERT's tokenizer: WordPiece.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../io/text_file.hpp"
#include "bert_text_options.hpp"
#include "decode_options.hpp"
#include "special_token_finder.hpp"
#include "token_table.hpp"
#include "tokenizer_files.hpp"
#include "word_piece_decoder.hpp"
#include "word_pieces.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// A vocab.txt, one token a line, and the files beside it that say more.
struct WordPieceFiles {
    TextFile vocab;                             ///< vocab.txt
    std::optional<TextFile> added_tokens;       ///< added_tokens.json
    std::optional<TextFile> special_tokens_map; ///< special_tokens_map.json
    std::optional<TextFile> tokenizer_config;   ///< tokenizer_config.json
};

namespace detail {
struct BertTokenizer;
}

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

    /// Reads tokenizer.json of a folder; where there is none, vocab.txt with added_tokens.json and
    /// special_tokens_map.json where there are any. What tokenizer_config.json says of case,
    /// accents and ideographs takes the place of what tokenizer.json does, as in transformers.
    /// `options` take the place of what all files say. Fails naming file, and line, field or token,
    /// if one cannot be read, is malformed, disagrees with another or asks for what is not
    /// implemented.
    [[nodiscard]] static WordPieceEncoder load(const std::filesystem::path& folder,
                                               std::optional<BertTextOptions> options = {});

    /// The same from files in memory: vocab.txt with its neighbours, or tokenizer.json.
    [[nodiscard]] static WordPieceEncoder from(const WordPieceFiles& files,
                                               std::optional<BertTextOptions> options = {});
    /// From tokenizer.json and what stands beside it.
    [[nodiscard]] static WordPieceEncoder from(const TokenizerJsonFiles& files,
                                               std::optional<BertTextOptions> options = {});
    /// From tokenizer.json alone.
    [[deprecated("use from(TokenizerJsonFiles{file})")]] [[nodiscard]] static WordPieceEncoder
    from(const TextFile& tokenizer_json, std::optional<BertTextOptions> options = {})
    {
        return from(TokenizerJsonFiles{tokenizer_json}, options);
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

    /// The text that the ids stand for: a space before each word, but (unless tokenizer.json says
    /// otherwise) none before punctuation and contractions, as Hugging Face's tokenizers decode.
    /// What encoding took away is not there. Ids without a token are nothing. Throws `tfm::Error`
    /// for a negative id.
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids,
                                     const DecodeOptions& options = {}) const;

    /// A token as the files write it, with its `##`; empty for an id that has none. Fails if the id
    /// is not in [0, vocab_size()).
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

    /// The largest id that has a token, and one: the number of tokens, where no id is left out.
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
    std::vector<bool> is_special_;
    detail::WordPieceDecoder decoder_;
    BertTextOptions options_;
    std::size_t longest_word_;
    std::int32_t unknown_;
    std::int32_t first_;
    std::int32_t separator_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"

#if TFM_HEADER_ONLY
#include "word_piece.inl.hpp"
#endif
