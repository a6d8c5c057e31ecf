#pragma once

/// \file
/// GPT-2's tokenizer: byte-level byte-pair encoding.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../io/text_file.hpp"
#include "../diagnostics.hpp"
#include "../io/text_file.hpp"
#include "byte_level.hpp"
#include "byte_level_tokenizer.hpp"
#include "gpt2_pattern.hpp"
#include "merges_file.hpp"
#include "piece_merger.hpp"
#include "special_token_finder.hpp"
#include "special_tokens.hpp"
#include "token_table.hpp"
#include "vocabulary.hpp"

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

inline BytePairEncoder BytePairEncoder::load(const std::filesystem::path& folder)
{
    auto special_tokens_map = detail::read_text_file_if_present(folder / "special_tokens_map.json");
    auto tokenizer_config = detail::read_text_file_if_present(folder / "tokenizer_config.json");
    std::error_code error;
    if (!std::filesystem::exists(folder / "vocab.json", error) &&
        std::filesystem::exists(folder / "tokenizer.json", error)) {
        return from(TokenizerJsonFiles{detail::read_text_file(folder / "tokenizer.json"),
                                       std::move(special_tokens_map), std::move(tokenizer_config)});
    }
    return from(BytePairFiles{detail::read_text_file(folder / "vocab.json"),
                              detail::read_text_file(folder / "merges.txt"),
                              detail::read_text_file_if_present(folder / "added_tokens.json"),
                              std::move(special_tokens_map), std::move(tokenizer_config)});
}

inline BytePairEncoder BytePairEncoder::from(const BytePairFiles& files)
{
    detail::Vocabulary vocabulary = detail::make_vocabulary(
        files.vocab.name, detail::parse_token_object(files.vocab),
        detail::parse_special_tokens(files.special_tokens_map, files.added_tokens,
                                     files.tokenizer_config));
    detail::MergeTable merges = detail::parse_merges(files.merges, vocabulary.entries);
    return {std::move(vocabulary), std::move(merges), files.vocab.name};
}

inline BytePairEncoder BytePairEncoder::from(const TokenizerJsonFiles& files)
{
    auto [vocabulary, merges] = detail::read_byte_level_tokenizer(files);
    return {std::move(vocabulary), std::move(merges), files.tokenizer.name};
}

inline BytePairEncoder::BytePairEncoder(detail::Vocabulary vocabulary, detail::MergeTable merges,
                                        const std::string& file)
    : merges_(std::move(merges))
{
    find_byte_tokens(file, vocabulary.entries);
    find_bytes(vocabulary);
    find_whole_pieces();
    special_ = detail::SpecialTokenFinder(std::move(vocabulary.special));
    end_of_text_ = vocabulary.end_of_text;
}

inline void BytePairEncoder::find_byte_tokens(const std::string& file,
                                              const detail::TokenTable& entries)
{
    for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::string entry = detail::byte_level_character(static_cast<std::uint8_t>(byte));
        byte_tokens_[byte] = entries.find(entry);
        require(byte_tokens_[byte] != detail::no_token, [&] {
            return file + ": expected a token for every byte, found none for byte " +
                   std::to_string(byte) + " (" + detail::in_quotes(entry) + ")";
        });
    }
}

inline void BytePairEncoder::find_bytes(const detail::Vocabulary& vocabulary)
{
    const std::size_t count = vocabulary.entries.size();
    std::vector<std::uint8_t> is_special(count);
    for (const auto& special : vocabulary.special)
        is_special[static_cast<std::size_t>(special.second)] = 1;
    tokens_ = detail::TokenTable(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view entry = vocabulary.entries.bytes(static_cast<std::int32_t>(i));
        // Entries that are not in the alphabet of bytes stand for their own text.
        const auto bytes = is_special[i] != 0 ? std::nullopt : detail::byte_level_decode(entry);
        tokens_.add(bytes ? std::string_view(*bytes) : entry);
    }
}

inline void BytePairEncoder::find_whole_pieces()
{
    is_whole_piece_.resize(vocab_size());
    std::vector<std::int32_t> merged;
    for (std::size_t i = 0; i < vocab_size(); ++i) {
        const auto token = static_cast<std::int32_t>(i);
        merged.clear();
        append_merged(tokens_.bytes(token), merged);
        is_whole_piece_[i] = merged.size() == 1 && merged[0] == token ? 1 : 0;
    }
}

inline void BytePairEncoder::encode(std::string_view text, std::vector<std::int32_t>& ids,
                                    SpecialTokenText special) const
{
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
}

inline void BytePairEncoder::encode_plain(std::string_view text,
                                          std::vector<std::int32_t>& ids) const
{
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = gpt2_piece_end(text, begin);
        const std::string_view piece = text.substr(begin, end - begin);
        const std::int32_t token = tokens_.find(piece);
        if (token != detail::no_token && is_whole_piece_[static_cast<std::size_t>(token)] != 0)
            ids.push_back(token);
        else
            append_merged(piece, ids);
        begin = end;
    }
}

inline void BytePairEncoder::append_merged(std::string_view piece,
                                           std::vector<std::int32_t>& ids) const
{
    require(piece.size() < std::numeric_limits<std::uint32_t>::max(),
            [&] { return "expected no piece of 4 GiB without a break in a text to encode"; });
    const std::size_t begin = ids.size();
    for (const char c : piece) ids.push_back(byte_tokens_[static_cast<std::uint8_t>(c)]);
    ids.resize(begin + detail::merge_piece(merges_, std::span(ids).subspan(begin)));
}

inline std::string BytePairEncoder::decode(std::span<const std::int32_t> ids) const
{
    std::size_t size = 0;
    for (const std::int32_t id : ids) size += token_bytes(id).size();
    std::string text;
    text.reserve(size);
    for (const std::int32_t id : ids) text.append(tokens_.bytes(id));
    return text;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
