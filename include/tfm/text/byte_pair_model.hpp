#pragma once

/// \file
/// Byte-pair encoding of a piece of text: the characters it begins with, and their merging.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "byte_level.hpp"
#include "merge_table.hpp"
#include "piece_merger.hpp"
#include "text_ends.hpp"
#include "token_table.hpp"
#include "utf8.hpp"
#include "word_breaks.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What a model says beside its vocabulary and merges.
struct BytePairOptions {
    bool is_byte_level = false; ///< the vocabulary is written in GPT-2's alphabet of bytes
    bool byte_fallback = false; ///< what has no token becomes its bytes, tokens like `<0x0A>`
    bool fuse_unk = false;      ///< adjacent unknown characters are one unknown token
    bool ignore_merges = false; ///< a piece that is a token is that token, merged or not
    std::optional<std::int32_t> unknown{}; ///< of what has no token; without it, nothing
};

/// Tokens of pieces, as Hugging Face's BPE model gives them. A piece begins as one token for each
/// character (byte-level: for each byte), and the merges are applied in order of rank.
class BytePairModel {
public:
    BytePairModel() = default;

    /// `vocabulary` holds the model's tokens as the files write them, numbered by id.
    BytePairModel(const TokenTable& vocabulary, MergeTable merges, const BytePairOptions& options)
        : options_(options), merges_(std::move(merges)),
          tokens_(vocabulary.size(), 0, vocabulary.origin())
    {
        for (std::int32_t id = 0; id < static_cast<std::int32_t>(vocabulary.size()); ++id)
            add_token(vocabulary, id);
        for (std::size_t byte = 0; byte < 256; ++byte) find_byte(vocabulary, byte);
        if (!options.is_byte_level && has_symbol_for_all())
            word_breaks_ = WordBreaks(tokens_, merges_, placeholders());
        find_whole_words();
    }

    /// The token that is this text, be it a piece or a part of one, or `no_token`.
    [[nodiscard]] std::int32_t find(std::string_view text) const noexcept
    {
        return tokens_.find(text);
    }

    /// Appends the tokens of a piece to `ids`.
    void encode(std::string_view piece, std::vector<std::int32_t>& ids) const
    {
        if (options_.ignore_merges) {
            if (std::int32_t const id = tokens_.find(piece); id != no_token)
                return ids.push_back(id);
        }
        for (std::size_t begin = 0; begin < piece.size();) {
            std::size_t const end = word_breaks_.next(piece, begin);
            encode_word(piece.substr(begin, end - begin), ids);
            begin = end;
        }
    }

    /// `visit(id, begin, end)` for each token of a piece and the bytes of the piece that it stands
    /// for. Slower.
    template <class Visit>
    void visit_tokens(std::string_view piece, Visit&& visit) const
    {
        if (options_.ignore_merges) {
            if (std::int32_t const id = tokens_.find(piece); id != no_token)
                return visit(id, std::size_t{0}, piece.size());
        }
        std::vector<std::int32_t> ids;
        std::vector<Symbol> symbols;
        visit_symbols(piece, [&](const Symbol& symbol) {
            symbols.push_back(symbol);
            ids.push_back(symbol.id);
        });
        ids.resize(merge_piece(merges_, ids));
        // A token is written as what it was merged from: that tells how many symbols it has.
        const auto written = [&](std::int32_t id) { return tokens_.bytes(id).size(); };
        std::size_t next = 0;
        for (std::int32_t const id : ids) {
            const Symbol& first = symbols[next];
            std::size_t size = written(symbols[next++].id);
            while (size < written(id)) size += written(symbols[next++].id);
            visit(id, first.begin, symbols[next - 1].end);
        }
    }

private:
    /// A token before merging, and the bytes of the piece that it stands for.
    struct Symbol {
        std::int32_t id;
        std::size_t begin;
        std::size_t end;
    };

    void add_token(const TokenTable& vocabulary, std::int32_t id)
    {
        if (!vocabulary.has(id)) return tokens_.skip();
        std::string_view const written = vocabulary.bytes(id);
        if (!options_.is_byte_level) {
            tokens_.add(written);
        } else if (auto const bytes = byte_level_decode(written)) {
            tokens_.add(*bytes);
        } else {
            tokens_.skip(); // no text begins with such characters
        }
    }

    void find_byte(const TokenTable& vocabulary, std::size_t byte)
    {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string const written{'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'};
        fallback_[byte] = options_.byte_fallback ? vocabulary.find(written) : no_token;
        char const c = static_cast<char>(byte);
        bool const is_character = options_.is_byte_level || byte < 0x80;
        symbols_[byte] = is_character ? tokens_.find({&c, 1}) : no_token;
    }

    /// Which tokens stand for other text than they are written with.
    [[nodiscard]] std::vector<std::uint8_t> placeholders() const
    {
        std::vector<std::uint8_t> placeholders(tokens_.size());
        for (std::int32_t const id : fallback_)
            if (id != no_token) placeholders[static_cast<std::size_t>(id)] = 1;
        if (options_.unknown) placeholders[static_cast<std::size_t>(*options_.unknown)] = 1;
        return placeholders;
    }

    /// Whether no character is dropped for want of a token.
    [[nodiscard]] bool has_symbol_for_all() const
    {
        const auto is_known = [](std::int32_t id) { return id != no_token; };
        return options_.unknown || std::all_of(fallback_.begin(), fallback_.end(), is_known);
    }

    void find_whole_words()
    {
        is_whole_word_.resize(tokens_.size());
        std::vector<std::int32_t> merged;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            auto const token = static_cast<std::int32_t>(i);
            merged.clear();
            append_merged(tokens_.bytes(token), merged);
            is_whole_word_[i] = merged.size() == 1 && merged[0] == token ? 1 : 0;
        }
    }

    void encode_word(std::string_view word, std::vector<std::int32_t>& ids) const
    {
        std::int32_t const token = tokens_.find(word);
        if (token != no_token && is_whole_word_[static_cast<std::size_t>(token)] != 0)
            ids.push_back(token);
        else
            append_merged(word, ids);
    }

    void append_merged(std::string_view word, std::vector<std::int32_t>& ids) const
    {
        std::size_t const begin = ids.size();
        visit_symbols(word, [&](const Symbol& symbol) { ids.push_back(symbol.id); });
        ids.resize(begin + merge_piece(merges_, std::span(ids).subspan(begin)));
    }

    /// The character or, byte-level, the byte at a position, as the vocabulary writes it.
    [[nodiscard]] std::string written_at(std::string_view text, const Symbol& symbol) const
    {
        if (options_.is_byte_level)
            return byte_level_character(static_cast<std::uint8_t>(text[symbol.begin]));
        return std::string(text.substr(symbol.begin, symbol.end - symbol.begin));
    }

    [[nodiscard]] Symbol symbol_at(std::string_view text, std::size_t begin) const
    {
        auto const byte = static_cast<std::uint8_t>(text[begin]);
        if (options_.is_byte_level || byte < 0x80) return {symbols_[byte], begin, begin + 1};
        Utf8Step const step = decode_utf8(text, begin);
        std::size_t const end = begin + step.length;
        if (step.status != Utf8Status::complete) return {no_token, begin, end};
        return {tokens_.find(text.substr(begin, step.length)), begin, end};
    }

    /// `visit(symbol)` for each token before merging.
    template <class Visit>
    void visit_symbols(std::string_view text, Visit&& visit) const
    {
        require(text.size() < std::numeric_limits<std::uint32_t>::max(),
                [&] { return "expected no piece of 4 GiB without a break in a text to encode"; });
        Symbol unknown{no_token, 0, 0};
        const auto finish_unknown = [&] {
            if (unknown.id != no_token) visit(std::exchange(unknown, Symbol{no_token, 0, 0}));
        };
        for (std::size_t begin = 0; begin < text.size();) {
            Symbol const symbol = symbol_at(text, begin);
            begin = symbol.end;
            if (symbol.id != no_token) {
                finish_unknown();
                visit(symbol);
            } else if (!visit_bytes(written_at(text, symbol), symbol, visit) && options_.unknown) {
                // Hugging Face puts an unknown token behind the bytes that follow it.
                bool const fuses = options_.fuse_unk && unknown.id != no_token;
                if (!fuses) finish_unknown();
                unknown = {*options_.unknown, fuses ? unknown.begin : symbol.begin, symbol.end};
            }
        }
        finish_unknown();
    }

    /// Visits the bytes of a character without a token, unless one of them has none either.
    template <class Visit>
    bool visit_bytes(std::string_view written, const Symbol& symbol, Visit& visit) const
    {
        const auto token = [&](char c) { return fallback_[static_cast<std::uint8_t>(c)]; };
        for (char const c : written)
            if (token(c) == no_token) return false;
        std::size_t begin = symbol.begin;
        for (char const c : written) {
            std::size_t const end = std::min(begin + 1, symbol.end);
            visit(Symbol{token(c), begin, end});
            begin = end;
        }
        return true;
    }

    BytePairOptions options_;
    MergeTable merges_;
    TokenTable tokens_;                        // by the bytes they stand for in a piece
    std::array<std::int32_t, 256> symbols_{};  // of bytes that are characters
    std::array<std::int32_t, 256> fallback_{}; // of bytes that are part of one without a token
    // Whether merging the characters of a token gives just that token. That holds for most, but
    // does not follow from its being in the vocabulary; where it holds, a word needs one look-up.
    std::vector<std::uint8_t> is_whole_word_;
    WordBreaks word_breaks_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
