#pragma once

/// \file
/// Loading a byte-pair encoder, encoding and decoding.

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
#include "../diagnostics.hpp"
#include "byte_level.hpp"
#include "byte_level_tokenizer.hpp"
#include "byte_pair_encoder.hpp"
#include "gpt2_pattern.hpp"
#include "merges_file.hpp"
#include "piece_merger.hpp"
#include "special_tokens.hpp"
#include "vocabulary.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

TFM_INLINE BytePairEncoder BytePairEncoder::load(const std::filesystem::path& folder)
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

TFM_INLINE BytePairEncoder BytePairEncoder::from(const BytePairFiles& files)
{
    detail::Vocabulary vocabulary = detail::make_vocabulary(
        files.vocab.name, detail::parse_token_object(files.vocab),
        detail::parse_special_tokens(files.special_tokens_map, files.added_tokens,
                                     files.tokenizer_config));
    detail::MergeTable merges = detail::parse_merges(files.merges, vocabulary.entries);
    return {std::move(vocabulary), std::move(merges), files.vocab.name};
}

TFM_INLINE BytePairEncoder BytePairEncoder::from(const TokenizerJsonFiles& files)
{
    auto [vocabulary, merges] = detail::read_byte_level_tokenizer(
        files.tokenizer, files.special_tokens_map, files.tokenizer_config);
    return {std::move(vocabulary), std::move(merges), files.tokenizer.name};
}

TFM_INLINE BytePairEncoder::BytePairEncoder(detail::Vocabulary vocabulary,
                                            detail::MergeTable merges, const std::string& file)
    : merges_(std::move(merges))
{
    find_byte_tokens(file, vocabulary.entries);
    find_bytes(vocabulary);
    find_whole_pieces();
    special_ = detail::SpecialTokenFinder(std::move(vocabulary.special));
    end_of_text_ = vocabulary.end_of_text;
}

TFM_INLINE void BytePairEncoder::find_byte_tokens(const std::string& file,
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

TFM_INLINE void BytePairEncoder::find_bytes(const detail::Vocabulary& vocabulary)
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

TFM_INLINE void BytePairEncoder::find_whole_pieces()
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

TFM_INLINE void BytePairEncoder::encode(std::string_view text, std::vector<std::int32_t>& ids,
                                        SpecialTokenText special) const
{
    special_.split(text, special, ids, [&](std::string_view plain) { encode_plain(plain, ids); });
}

TFM_INLINE void BytePairEncoder::encode_plain(std::string_view text,
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

TFM_INLINE void BytePairEncoder::append_merged(std::string_view piece,
                                               std::vector<std::int32_t>& ids) const
{
    require(piece.size() < std::numeric_limits<std::uint32_t>::max(),
            [&] { return "expected no piece of 4 GiB without a break in a text to encode"; });
    const std::size_t begin = ids.size();
    for (const char c : piece) ids.push_back(byte_tokens_[static_cast<std::uint8_t>(c)]);
    ids.resize(begin + detail::merge_piece(merges_, std::span(ids).subspan(begin)));
}

TFM_INLINE std::string BytePairEncoder::decode(std::span<const std::int32_t> ids) const
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

#include "../restore_macros.hpp"
