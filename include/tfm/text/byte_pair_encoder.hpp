#pragma once

/// \file
/// GPT-2's tokenizer: byte-level byte-pair encoding.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../io/text_file.hpp"
#include "merge_table.hpp"
#include "special_token_finder.hpp"
#include "token_table.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// The files of a tokenizer in Hugging Face's format. The optional ones name special tokens.
struct BytePairFiles {
    TextFile vocab;                             ///< vocab.json: {token: id, ...}
    TextFile merges;                            ///< merges.txt: one pair of tokens a line
    std::optional<TextFile> added_tokens;       ///< added_tokens.json: {token: id, ...}
    std::optional<TextFile> special_tokens_map; ///< special_tokens_map.json
    std::optional<TextFile> tokenizer_config;   ///< tokenizer_config.json
};

/// A tokenizer.json, and the files beside it that name special tokens.
struct TokenizerJsonFiles {
    TextFile tokenizer;                         ///< tokenizer.json
    std::optional<TextFile> special_tokens_map; ///< special_tokens_map.json
    std::optional<TextFile> tokenizer_config;   ///< tokenizer_config.json
};

namespace detail {
struct Vocabulary;
}

/// Turns text into GPT-2's tokens and back. Ids are those of Hugging Face's GPT2Tokenizer without
/// options (`add_prefix_space=False`). Text is any bytes, and `decode(encode(text)) == text`;
/// bytes that are not UTF-8 are cut into pieces as `gpt2_piece_end` says.
///
/// Special tokens are `<|endoftext|>` and what the optional files name. They are matched exactly,
/// the leftmost first and the longest of these. Immutable once made: any number of threads may use
/// one encoder.
class BytePairEncoder {
public:
    /// Reads vocab.json and merges.txt of a folder, and added_tokens.json, special_tokens_map.json
    /// and tokenizer_config.json where there are any; or tokenizer.json where there is no
    /// vocab.json. Fails naming file, and line or token, if one cannot be read, is malformed,
    /// disagrees with another or asks for what is not implemented.
    [[nodiscard]] static BytePairEncoder load(const std::filesystem::path& folder);

    /// The same from files in memory.
    [[nodiscard]] static BytePairEncoder from(const BytePairFiles& files);
    /// From the text of tokenizer.json and its companion.
    [[nodiscard]] static BytePairEncoder from(const TokenizerJsonFiles& files);

    /// The ids of a text. Takes O(n log n) time, O(n) for text whose pieces are short.
    [[nodiscard]] std::vector<std::int32_t>
    encode(std::string_view text, SpecialTokenText special = SpecialTokenText::recognise) const
    {
        std::vector<std::int32_t> ids;
        ids.reserve(text.size() / 4 + 1); // English has four to five bytes a token
        encode(text, ids, special);
        return ids;
    }

    /// Appends the ids of a text to `ids`.
    void encode(std::string_view text, std::vector<std::int32_t>& ids,
                SpecialTokenText special = SpecialTokenText::recognise) const;

    /// The bytes that the ids stand for, special tokens included. They need not be valid UTF-8: see
    /// `Utf8Stream` and `to_valid_utf8`. Fails if an id is not in [0, vocab_size()).
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

    /// The bytes of one token. Fails if the id is not in [0, vocab_size()).
    [[nodiscard]] std::string_view token_bytes(std::int32_t id) const
    {
        require(id >= 0 && static_cast<std::size_t>(id) < vocab_size(), [&] {
            return "token id " + std::to_string(id) + " is out of range: expected 0 to " +
                   std::to_string(vocab_size() - 1);
        });
        return tokens_.bytes(id);
    }

    /// Number of tokens, special ones included.
    [[nodiscard]] std::size_t vocab_size() const noexcept { return tokens_.size(); }

    /// The token that stands for exactly these bytes, if there is one.
    [[nodiscard]] std::optional<std::int32_t> token_id(std::string_view bytes) const
    {
        const std::int32_t id = tokens_.find(bytes);
        return id == detail::no_token ? std::nullopt : std::optional(id);
    }

    /// The token that ends a text: the files' `eos_token`, or else `<|endoftext|>`, if known.
    [[nodiscard]] std::optional<std::int32_t> end_of_text() const noexcept { return end_of_text_; }

private:
    BytePairEncoder(detail::Vocabulary vocabulary, detail::MergeTable merges,
                    const std::string& file);

    void find_byte_tokens(const std::string& file, const detail::TokenTable& entries);
    void find_bytes(const detail::Vocabulary& vocabulary);
    void find_whole_pieces();
    void encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const;
    void append_merged(std::string_view piece, std::vector<std::int32_t>& ids) const;

    detail::TokenTable tokens_; // the bytes of each id
    detail::MergeTable merges_;
    std::array<std::int32_t, 256> byte_tokens_{};
    // Whether merging the bytes of a token gives just that token. That holds for most, but does not
    // follow from its being in the vocabulary; where it holds, a piece needs one look-up.
    std::vector<std::uint8_t> is_whole_piece_;
    detail::SpecialTokenFinder special_;
    std::optional<std::int32_t> end_of_text_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"

#if TFM_HEADER_ONLY
#include "byte_pair_encoder.inl.hpp"
#endif
