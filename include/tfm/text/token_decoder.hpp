#pragma once

/// \file
/// The decoder of a tokenizer.json: the text of a row of tokens.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "byte_level.hpp"
#include "tokenizer_json.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Text from tokens, given one after the other. What comes of a token may depend on those before
/// it, which `State` remembers.
class TokenDecoder {
public:
    /// What has been decoded so far.
    struct State {
        std::string bytes; ///< of the last tokens, while they are single bytes
        bool is_first = true;
        std::size_t left = 0; ///< characters that were stripped
        bool strips = true;   ///< whether more may be
    };

    /// Byte-level.
    static TokenDecoder byte_level()
    {
        TokenDecoder decoder;
        decoder.steps_.push_back({.kind = Kind::byte_level});
        return decoder;
    }

    TokenDecoder() = default;

    /// Reads `decoder`. Fails on a step that is not implemented, or not after those before it.
    explicit TokenDecoder(const TokenizerJson& json)
    {
        if (json.is_absent()) separator_ = " ";
        if (json.is_absent()) return;
        file_ = json.file();
        read(json);
    }

    /// The text of a token by itself, apart from what `append` does.
    [[nodiscard]] std::string token_text(std::string_view written, bool is_first = false) const
    {
        std::string text(written);
        std::size_t const most = most_bytes(written.size());
        for (const Step& step : steps_) apply(step, text, is_first, most);
        return text;
    }

    /// The byte that a token stands for, where it is a byte of a character.
    [[nodiscard]] std::optional<char> byte_of(std::string_view written) const
    {
        return has_byte_fallback_ ? fallback_byte(token_text(written)) : std::nullopt;
    }

    /// What to know of a token.
    struct Token {
        std::string_view written; ///< as the vocabulary has it, or normalized
        std::string_view text;    ///< by itself; of a byte that byte
        bool is_byte;
    };

    /// Appends what is certain now that `token` comes next.
    void append(const Token& token, State& state, std::string& out) const
    {
        bool const is_first = std::exchange(state.is_first, false);
        if (!is_first) out += separator_;
        if (token.is_byte) {
            state.bytes += token.text;
            return;
        }
        finish(state, out);
        if (is_first && first_differs_)
            append_stripped(token_text(token.written, true), state, out);
        else
            append_stripped(token.text, state, out);
    }

    /// Appends what is left at the end. Bytes that are no text are a U+FFFD each.
    void finish(State& state, std::string& out) const
    {
        if (state.bytes.empty()) return;
        std::string text = to_valid_utf8(state.bytes);
        if (text != state.bytes) {
            text.clear();
            for (std::size_t i = 0; i < state.bytes.size(); ++i) text += "\xEF\xBF\xBD";
        }
        state.bytes.clear();
        append_stripped(text, state, out);
    }

private:
    enum class Kind : std::uint8_t { byte_level, metaspace, replace, strip };

    struct Step {
        Kind kind;
        std::string pattern{}; ///< to be replaced or stripped
        std::string content{}; ///< to be put in
        std::size_t start = 0; ///< how often to strip the beginning
        std::size_t stop = 0;  ///< and the end
    };

    /// What a token of so many bytes may become: what is published makes none longer.
    static constexpr std::size_t most_bytes(std::size_t bytes) { return 64 + 4 * bytes; }

    void read(const TokenizerJson& json)
    {
        std::string const type = json.string("type", "");
        json.expect_few_before(steps_.size());
        if (type == "Sequence") {
            for (const TokenizerJson& part : json.parts("decoders")) read(part);
        } else if (type == "Fuse") {
            is_fused_ = true;
        } else if (type == "Strip" && is_fused_) {
            fused_strip_ = strip(json);
            if (fused_strip_.stop != 0) json.refuse("stop", "0 after Fuse");
        } else if (is_fused_ || has_byte_fallback_) {
            json.refuse("type", "Fuse, then Strip");
        } else if (type == "ByteFallback") {
            has_byte_fallback_ = true;
        } else if (type == "ByteLevel") {
            steps_.push_back({.kind = Kind::byte_level});
            is_fused_ = true;
        } else if (type == "Replace") {
            steps_.push_back({.kind = Kind::replace,
                              .pattern = literal_pattern(json),
                              .content = json.string("content", "")});
        } else if (type == "Strip") {
            steps_.push_back(strip(json));
        } else if (type == "Metaspace") {
            bool const keeps_first = json.string("prepend_scheme", "always") == "never" ||
                                     !json.boolean("add_prefix_space", true);
            first_differs_ = !keeps_first;
            steps_.push_back({.kind = Kind::metaspace, .pattern = metaspace_replacement(json)});
        } else {
            json.refuse("type", "ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Strip or "
                                "Sequence");
        }
    }

    /// The byte that a token like `<0x0A>` stands for.
    static std::optional<char> fallback_byte(std::string_view written)
    {
        if (written.size() != 6 || !written.starts_with("<0x") || written[5] != '>') return {};
        unsigned byte = 0;
        auto const [end, error] = std::from_chars(&written[3], &written[5], byte, 16);
        if (error != std::errc() || end != &written[5]) return {};
        return static_cast<char>(byte);
    }

    static Step strip(const TokenizerJson& json)
    {
        Step step{.kind = Kind::strip, .pattern = json.string("content", " ")};
        if (step.pattern.empty()) json.refuse("content", "one character");
        const auto count = [&](std::string_view field) {
            auto const value = json.find(field);
            if (value && !value->natural()) json.refuse(field, "a whole number");
            return static_cast<std::size_t>(value ? *value->natural() : 0);
        };
        step.start = count("start");
        step.stop = count("stop");
        return step;
    }

    void apply(const Step& step, std::string& text, bool is_first, std::size_t most) const
    {
        switch (step.kind) {
        case Kind::byte_level:
            // A token that is not written in the alphabet stands for itself.
            if (auto bytes = byte_level_decode(text)) text = std::move(*bytes);
            return;
        case Kind::metaspace:
            text = replaced(text, step.pattern, is_first && first_differs_ ? "" : " ", most);
            return;
        case Kind::replace:
            text = replaced(text, step.pattern, step.content, most);
            return;
        case Kind::strip:
            text = stripped(text, step);
        }
    }

    static std::string stripped(std::string_view text, const Step& step)
    {
        for (std::size_t i = 0; i < step.start && text.starts_with(step.pattern); ++i)
            text.remove_prefix(step.pattern.size());
        for (std::size_t i = 0; i < step.stop && text.ends_with(step.pattern); ++i)
            text.remove_suffix(step.pattern.size());
        return std::string(text);
    }

    /// The text with `content` for every `pattern`, of at most `most` bytes.
    [[nodiscard]] std::string replaced(std::string_view text, std::string_view pattern,
                                       std::string_view content, std::size_t most) const
    {
        std::string out;
        std::size_t begin = 0;
        for (std::size_t match = text.find(pattern); match != std::string_view::npos;
             match = text.find(pattern, begin)) {
            out.append(text, begin, match - begin).append(content);
            begin = match + pattern.size();
            require(out.size() + text.size() - begin <= most, [&] {
                return file_ + ": 'decoder': expected at most " + std::to_string(most) +
                       " bytes for a token, found more";
            });
        }
        return out.append(text, begin);
    }

    void append_stripped(std::string_view text, State& state, std::string& out) const
    {
        while (state.strips && !text.empty()) {
            state.strips =
                state.left < fused_strip_.start && text.starts_with(fused_strip_.pattern);
            if (!state.strips) break;
            text.remove_prefix(fused_strip_.pattern.size());
            ++state.left;
        }
        out += text;
    }

    std::string file_;        // that states the steps
    std::vector<Step> steps_; // for each token by itself
    std::string separator_;   // between tokens: a space where there is no decoder at all
    bool first_differs_ = false;
    bool has_byte_fallback_ = false;
    bool is_fused_ = false;
    Step fused_strip_{.kind = Kind::strip}; // of the whole text
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
