#pragma once

/// \file
/// Loading a tokenizer, encoding and decoding.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "../diagnostics.hpp"
#include "tokenizer.hpp"
#include "tokenizer_parts.hpp"
#include "tokenizer_reader.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Cuts a text, `added(id, span)` for each added token and `piece(span)` for what the model is to
/// encode.
template <class OnAdded, class OnPiece>
void visit_pieces(const TokenizerParts& parts, const TextSpan& text, const SpecialTextRule& special,
                  OnAdded&& added, OnPiece&& piece)
{
    parts.added.split(text, parts.normalizer, special, added,
                      [&](const TextSpan& plain) { parts.pre_tokenizer(plain, piece); });
}

} // namespace detail

TFM_INLINE Tokenizer Tokenizer::load(const std::filesystem::path& folder)
{
    using detail::read_text_file;
    const auto has = [&](const char* name) {
        std::error_code error;
        return std::filesystem::exists(folder / name, error);
    };
    const auto read_if_present = [&](const char* name) {
        return detail::read_text_file_if_present(folder / name);
    };
    if (has("tokenizer.json")) {
        return from(TokenizerJsonFiles{read_text_file(folder / "tokenizer.json"),
                                       read_if_present("special_tokens_map.json"),
                                       read_if_present("tokenizer_config.json")});
    }
    if (has("vocab.json") || has("merges.txt")) {
        return from(BytePairFiles{
            read_text_file(folder / "vocab.json"), read_text_file(folder / "merges.txt"),
            read_if_present("added_tokens.json"), read_if_present("special_tokens_map.json"),
            read_if_present("tokenizer_config.json"), read_if_present("config.json")});
    }
    std::string const expected =
        folder.string() + ": expected tokenizer.json, or vocab.json and merges.txt, found ";
    if (has("tokenizer.model")) {
        fail(expected + "tokenizer.model alone: transformers writes tokenizer.json from it with "
                        "AutoTokenizer.from_pretrained(FOLDER, use_fast=True)"
                        ".save_pretrained(FOLDER)");
    }
    if (has("vocab.txt")) fail(expected + "vocab.txt: that is for tfm::WordPieceEncoder");
    fail(expected + "neither");
}

TFM_INLINE Tokenizer Tokenizer::from(const TokenizerJsonFiles& files)
{
    return Tokenizer(std::make_shared<const detail::TokenizerParts>(detail::read_tokenizer(files)));
}

TFM_INLINE Tokenizer Tokenizer::from(const BytePairFiles& files)
{
    return Tokenizer(std::make_shared<const detail::TokenizerParts>(detail::read_tokenizer(files)));
}

TFM_INLINE std::vector<std::int32_t> Tokenizer::encode(std::string_view text,
                                                       const EncodeOptions& options) const
{
    std::vector<std::int32_t> ids;
    ids.reserve(text.size() / 4 + 2); // English has four to five bytes a token
    encode(text, ids, options);
    return ids;
}

TFM_INLINE void Tokenizer::encode(std::string_view text, std::vector<std::int32_t>& ids,
                                  const EncodeOptions& options) const
{
    if (!options.as_text.empty()) {
        for (const TokenPiece& piece : encode_pieces(text, options)) ids.push_back(piece.id);
        return;
    }
    const auto add = [&](const std::vector<std::int32_t>& more) {
        if (options.add_special_tokens) ids.insert(ids.end(), more.begin(), more.end());
    };
    add(parts_->frame.before);
    detail::visit_pieces(
        *parts_, detail::TextSpan::whole(text), {options.special_text, {}},
        [&](std::int32_t id, const detail::TextSpan&) { ids.push_back(id); },
        [&](const detail::TextSpan& piece) { parts_->model.encode(piece.text, ids); });
    add(parts_->frame.after);
}

TFM_INLINE std::vector<TokenPiece> Tokenizer::encode_pieces(std::string_view text,
                                                            const EncodeOptions& options) const
{
    require(text.size() < std::numeric_limits<std::uint32_t>::max(), [&] {
        return "expected a text of less than 4 GiB, found " + std::to_string(text.size()) +
               " bytes";
    });
    std::vector<std::uint32_t> origins(text.size() + 1);
    std::iota(origins.begin(), origins.end(), 0U);
    std::vector<TokenPiece> pieces;
    const auto frame = [&](const std::vector<std::int32_t>& ids, std::size_t place) {
        if (!options.add_special_tokens) return;
        for (std::int32_t const id : ids) pieces.push_back({id, place, place});
    };
    frame(parts_->frame.before, 0);
    detail::visit_pieces(
        *parts_, detail::TextSpan::whole(text, origins.data()),
        {options.special_text, options.as_text},
        [&](std::int32_t id, const detail::TextSpan& token) {
            pieces.push_back({id, token.origins[0], token.origins[token.text.size()]});
        },
        [&](const detail::TextSpan& piece) {
            parts_->model.visit_tokens(
                piece.text, [&](std::int32_t id, std::size_t begin, std::size_t end) {
                    pieces.push_back({id, piece.origins[begin], piece.origins[end]});
                });
        });
    frame(parts_->frame.after, text.size());
    return pieces;
}

TFM_INLINE std::string Tokenizer::decode(std::span<const std::int32_t> ids,
                                         const DecodeOptions& options) const
{
    std::string text;
    text.reserve(ids.size() * 4);
    detail::TokenDecoder::State state;
    for (std::int32_t const id : ids) parts_->decode(id, options.skip_special_tokens, state, text);
    parts_->decoder.finish(state, text);
    return text;
}

TFM_INLINE std::string_view Tokenizer::token_bytes(std::int32_t id) const
{
    return parts_->has(id) ? parts_->decoded(id).text : std::string_view();
}

TFM_INLINE std::string_view Tokenizer::token(std::int32_t id) const
{
    return parts_->has(id) ? parts_->tokens.bytes(id) : std::string_view();
}

TFM_INLINE std::optional<std::int32_t> Tokenizer::token_id(std::string_view token) const
{
    std::int32_t id = parts_->tokens.find(token);
    if (id == detail::no_token) id = parts_->model.find(token);
    return id == detail::no_token ? std::nullopt : std::optional(id);
}

TFM_INLINE std::size_t Tokenizer::vocab_size() const noexcept { return parts_->tokens.size(); }

TFM_INLINE std::optional<std::int32_t> Tokenizer::end_of_text() const noexcept
{
    return parts_->end_of_text;
}

TFM_INLINE std::optional<std::int32_t> Tokenizer::begin_of_text() const noexcept
{
    return parts_->begin_of_text;
}

TFM_INLINE bool Tokenizer::is_special(std::int32_t id) const noexcept
{
    return id >= 0 && static_cast<std::size_t>(id) < vocab_size() &&
           parts_->is_special[static_cast<std::size_t>(id)] != 0;
}

struct DecodeStream::State {
    std::shared_ptr<const detail::TokenizerParts> parts;
    DecodeOptions options;
    detail::TokenDecoder::State decoder{};
    std::string pending{}; // bytes that may be the beginning of a character
};

TFM_INLINE DecodeStream::DecodeStream(const Tokenizer& tokenizer, const DecodeOptions& options)
    : state_(new State{tokenizer.parts_, options})
{
}

TFM_INLINE DecodeStream::DecodeStream(DecodeStream&&) noexcept = default;
TFM_INLINE DecodeStream& DecodeStream::operator=(DecodeStream&&) noexcept = default;
TFM_INLINE DecodeStream::~DecodeStream() = default;

TFM_INLINE std::string DecodeStream::step(std::int32_t id)
{
    State& state = *state_;
    state.parts->decode(id, state.options.skip_special_tokens, state.decoder, state.pending);
    std::string_view const pending = state.pending;
    std::size_t const whole = pending.size() - incomplete_utf8_tail(pending);
    std::string text = to_valid_utf8(pending.substr(0, whole));
    state.pending.erase(0, whole);
    return text;
}

TFM_INLINE std::string DecodeStream::finish()
{
    State& state = *state_;
    state.parts->decoder.finish(state.decoder, state.pending);
    std::string text = to_valid_utf8(state.pending);
    state = State{state.parts, state.options};
    return text;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
