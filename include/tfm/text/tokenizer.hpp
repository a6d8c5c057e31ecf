#pragma once

/// \file
/// The tokenizer of a decoder: byte-pair encoding as tokenizer.json states it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "decode_options.hpp"
#include "special_token_text.hpp"
#include "tokenizer_files.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// How a text is encoded.
struct EncodeOptions {
    /// What becomes of special tokens that stand in the text.
    SpecialTokenText special_text = SpecialTokenText::recognise;
    /// Whether to put around it what the files say, as `<s>` before it: transformers'
    /// `tokenizer(text)`.
    bool add_special_tokens = true;
    /// Parts of the text in which added tokens, but those of white space, are text in any case:
    /// what strangers said in a conversation, see `ChatText`. With some, encoding is as slow as
    /// `encode_pieces`.
    std::span<const TextRange> as_text = {};
};

/// A token of a text, and bytes [begin, end) of the text that it stands for. Those of a token that
/// the text does not have, such as `<s>`, are none.
struct TokenPiece {
    std::int32_t id;   ///< the token
    std::size_t begin; ///< its first byte
    std::size_t end;   ///< behind its last byte

    /// Whether all of it is equal.
    friend bool operator==(const TokenPiece&, const TokenPiece&) = default;
};

namespace detail {
struct TokenizerParts;
}

/// Turns text into tokens and back: a byte-pair tokenizer as tokenizer.json states it, with its
/// normalizer, added tokens, pre-tokenizer, model, post-processor and decoder. Ids are those of
/// Hugging Face's tokenizers for the same files. GPT-2's, GPT-NeoX's, SmolLM's, Qwen2's, Llama 3's
/// (byte-level) and Llama 2's and Mistral's (SentencePiece) are of this kind.
///
/// Text is any bytes. What is not UTF-8 is neither letter, number nor white space; a byte-level
/// tokenizer gives it back as it was. Immutable once made, and cheap to copy: any number of threads
/// may use one tokenizer.
class Tokenizer {
public:
    /// Reads the tokenizer of a folder: tokenizer.json with special_tokens_map.json and
    /// tokenizer_config.json, where there are any; or, where there is no tokenizer.json, vocab.json
    /// and merges.txt with these and added_tokens.json, for GPT-2 and Qwen2. Fails naming file, and
    /// field, line or token, if one cannot be read, is malformed, disagrees with another or asks
    /// for what is not implemented.
    [[nodiscard]] static Tokenizer load(const std::filesystem::path& folder);

    /// The same from files in memory.
    [[nodiscard]] static Tokenizer from(const TokenizerJsonFiles& files);
    /// The same from files of the older format in memory.
    [[nodiscard]] static Tokenizer from(const BytePairFiles& files);

    /// The ids of a text. Takes O(n log n) time, O(n) for text whose pieces are short.
    [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text,
                                                   const EncodeOptions& options = {}) const;

    /// Appends the ids of a text to `ids`.
    void encode(std::string_view text, std::vector<std::int32_t>& ids,
                const EncodeOptions& options = {}) const;

    /// The tokens of a text with their places in it. Several times slower. Throws `tfm::Error` for
    /// a text of 4 GiB or more.
    [[nodiscard]] std::vector<TokenPiece> encode_pieces(std::string_view text,
                                                        const EncodeOptions& options = {}) const;

    /// The text that the ids stand for. From a byte-level tokenizer it need not be valid UTF-8: see
    /// `DecodeStream` and `to_valid_utf8`. Ids without a token, as a model with a padded vocabulary
    /// has them, are nothing. Throws `tfm::Error` for a negative id.
    [[nodiscard]] std::string decode(std::span<const std::int32_t> ids,
                                     const DecodeOptions& options = {}) const;

    /// The bytes of one token by itself, those of a character's byte as they are. Empty for an id
    /// without a token. Throws `tfm::Error` for a negative id.
    [[nodiscard]] std::string_view token_bytes(std::int32_t id) const;

    /// One token as the files write it. Otherwise as `token_bytes`.
    [[nodiscard]] std::string_view token(std::int32_t id) const;

    /// The token that the files write so, or else, of a byte-level tokenizer, the one that stands
    /// for these bytes, if there is one.
    [[nodiscard]] std::optional<std::int32_t> token_id(std::string_view token) const;

    /// The largest id that has a token, and one: the number of tokens, where no id is left out.
    [[nodiscard]] std::size_t vocab_size() const noexcept;

    /// The token that ends a text: the files' `eos_token`, or else `<|endoftext|>`, if known.
    [[nodiscard]] std::optional<std::int32_t> end_of_text() const noexcept;

    /// The token that begins a text: the files' `bos_token`, if known.
    [[nodiscard]] std::optional<std::int32_t> begin_of_text() const noexcept;

    /// Whether an id is that of a special token, which `skip_special_tokens` leaves out.
    [[nodiscard]] bool is_special(std::int32_t id) const noexcept;

private:
    friend class DecodeStream;

    explicit Tokenizer(std::shared_ptr<const detail::TokenizerParts> parts)
        : parts_(std::move(parts))
    {
    }

    std::shared_ptr<const detail::TokenizerParts> parts_;
};

/// Decodes tokens one by one, as Hugging Face's DecodeStream: the text handed out never ends within
/// a character, and has spaces as `Tokenizer::decode` gives them. All of it together is
/// `to_valid_utf8(tokenizer.decode(ids, options))`.
class DecodeStream {
public:
    /// Begins with nothing.
    explicit DecodeStream(const Tokenizer& tokenizer, const DecodeOptions& options = {});
    DecodeStream(DecodeStream&&) noexcept;            ///< goes on where the other is, which ends
    DecodeStream& operator=(DecodeStream&&) noexcept; ///< the same
    ~DecodeStream();

    /// The text that is certain now that this token comes next, maybe none. Throws `tfm::Error` for
    /// a negative id.
    [[nodiscard]] std::string step(std::int32_t id);

    /// The text that is left, U+FFFD for an unfinished character.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The name of before version 0.2.
using BytePairEncoder [[deprecated("use tfm::Tokenizer")]] = Tokenizer;

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#if TFM_HEADER_ONLY
#include "tokenizer.inl.hpp"
#endif
