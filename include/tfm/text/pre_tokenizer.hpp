#pragma once

/// \file
/// The pre-tokenizer of a tokenizer.json: how a text is cut into the pieces that are encoded each
/// by itself.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "split_joiner.hpp"
#include "split_regex.hpp"
#include "tables/unicode_classes.hpp"
#include "text_span.hpp"
#include "tokenizer_json.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Steps that are applied one after the other, each to every piece of the one before.
class PreTokenizer {
public:
    PreTokenizer() = default;

    /// Cuts by a regular expression, then byte-level: how GPT-2, Qwen2 and Llama-3 are made.
    PreTokenizer(std::string_view pattern, bool add_prefix_space)
    {
        if (add_prefix_space) steps_.push_back({.kind = Kind::prefix, .text = " "});
        steps_.push_back({.kind = Kind::regex, .regex = SplitRegex::parse(pattern, "")});
        is_byte_level_ = true;
    }

    /// Reads `pre_tokenizer`. Fails on a step that is not implemented.
    explicit PreTokenizer(const TokenizerJson& json)
    {
        if (!json.is_absent()) read(json);
    }

    /// Whether the pieces are encoded byte by byte, and the vocabulary is written in GPT-2's
    /// alphabet of bytes.
    [[nodiscard]] bool is_byte_level() const noexcept { return is_byte_level_; }

    /// `visit(piece)` for each piece, none of which is empty. A piece is valid during its visit.
    template <class Visit>
    void operator()(const TextSpan& span, Visit&& visit) const
    {
        run(0, span, visit);
    }

private:
    enum class Kind : std::uint8_t { regex, literal, digits, prefix, metaspace };
    enum class Prepend : std::uint8_t { never, first, always };

    struct Step {
        Kind kind;
        SplitBehavior behavior = SplitBehavior::isolated;
        bool inverts = false;              ///< what matches is what stands between the matches
        Prepend prepend = Prepend::always; ///< of `text`
        std::string text{};                ///< to be looked for, or prepended
        std::optional<SplitRegex> regex{};
    };

    void read(const TokenizerJson& json)
    {
        std::string const type = json.string("type", "");
        if (is_byte_level_) json.refuse("type", "no step after ByteLevel");
        json.expect_few_before(steps_.size());
        if (type == "Sequence") {
            for (const TokenizerJson& part : json.parts("pretokenizers")) read(part);
        } else if (type == "ByteLevel") {
            if (json.boolean("add_prefix_space", true))
                steps_.push_back({.kind = Kind::prefix, .text = " "});
            if (json.boolean("use_regex", true))
                steps_.push_back({.kind = Kind::regex,
                                  .regex = SplitRegex::parse(gpt2_split_pattern, json.file())});
            is_byte_level_ = true;
        } else if (type == "Digits") {
            bool const each = json.boolean("individual_digits", false);
            steps_.push_back(
                {.kind = Kind::digits,
                 .behavior = each ? SplitBehavior::isolated : SplitBehavior::contiguous});
        } else if (type == "Split") {
            read_split(json);
        } else if (type == "Metaspace") {
            read_metaspace(json);
        } else {
            json.refuse("type", "ByteLevel, Digits, Metaspace, Split or Sequence");
        }
    }

    void read_split(const TokenizerJson& json)
    {
        Step step{.kind = Kind::literal,
                  .behavior = split_behavior(json),
                  .inverts = json.boolean("invert", false)};
        auto const pattern = json.find("pattern");
        auto const regex = pattern ? pattern->find("Regex") : std::nullopt;
        if (regex && regex->string()) {
            step.kind = Kind::regex;
            step.regex = SplitRegex::parse(*regex->string(), json.path("pattern.Regex"));
        } else {
            step.text = literal_pattern(json);
        }
        steps_.push_back(std::move(step));
    }

    void read_metaspace(const TokenizerJson& json)
    {
        Step step{.kind = Kind::metaspace, .text = metaspace_replacement(json)};
        step.prepend = metaspace_prepend(json);
        Step const split{
            .kind = Kind::literal, .behavior = SplitBehavior::merged_with_next, .text = step.text};
        steps_.push_back(std::move(step));
        if (json.boolean("split", true)) steps_.push_back(split);
    }

    /// Files of before 2024 say `add_prefix_space` instead of `prepend_scheme`.
    static Prepend metaspace_prepend(const TokenizerJson& json)
    {
        std::string const scheme = json.string("prepend_scheme", "always");
        bool const is_known = scheme == "always" || scheme == "first" || scheme == "never";
        if (!is_known) json.refuse("prepend_scheme", "'always', 'first' or 'never'");
        if (!json.boolean("add_prefix_space", true)) {
            if (json.find("prepend_scheme") && scheme != "never")
                json.refuse("prepend_scheme", "'never', as 'add_prefix_space' is false");
            return Prepend::never;
        }
        return scheme == "always"  ? Prepend::always
               : scheme == "first" ? Prepend::first
                                   : Prepend::never;
    }

    template <class Visit>
    void run(std::size_t number, const TextSpan& span, Visit& visit) const
    {
        if (span.text.empty()) return;
        if (number == steps_.size()) return visit(span);
        const Step& step = steps_[number];
        const auto next = [&](std::size_t begin, std::size_t end) {
            run(number + 1, span.part(begin, end), visit);
        };
        switch (step.kind) {
        case Kind::regex:
            return split_by_regex(step, span.text, next);
        case Kind::literal:
            return split(step, span.text, next, [&](std::string_view text, std::size_t from) {
                std::size_t const begin = std::min(text.find(step.text, from), text.size());
                return Match{begin, std::min(begin + step.text.size(), text.size())};
            });
        case Kind::digits:
            return split(step, span.text, next, find_number);
        case Kind::prefix:
        case Kind::metaspace:
            break;
        }
        RewrittenText memory;
        run(number + 1, rewrite(step, span, memory), visit);
    }

    /// A match; an empty one at the end of the text where there is none.
    struct Match {
        std::size_t begin;
        std::size_t end;
    };

    /// `visit(begin, end)` for each piece of a text by `find(text, from)`, the next match.
    template <class Visit, class Find>
    static void split(const Step& step, std::string_view text, Visit&& visit, Find&& find)
    {
        SplitJoiner<Visit&> pieces(step.behavior, visit);
        for (std::size_t begin = 0; begin < text.size();) {
            Match const match = find(text, begin);
            if (begin < match.begin) pieces.add(begin, match.begin, step.inverts);
            if (match.begin < match.end) pieces.add(match.begin, match.end, !step.inverts);
            begin = match.end;
        }
        pieces.finish();
    }

    template <class Visit>
    static void split_by_regex(const Step& step, std::string_view text, Visit& visit)
    {
        std::size_t steps = SplitRegex::most_steps(text.size());
        split(step, text, visit, [&](std::string_view, std::size_t from) {
            return find_match(*step.regex, text, from, steps);
        });
    }

    /// The next match that is not empty, in no more than so many steps.
    static Match find_match(const SplitRegex& regex, std::string_view text, std::size_t from,
                            std::size_t& steps)
    {
        while (from < text.size()) {
            std::size_t const end = regex.match_end(text, from, steps);
            if (end != from) return {from, end};
            from += decode_utf8(text, from).length;
        }
        return {from, from};
    }

    /// As Rust's char::is_numeric, which knows two rows of Unicode 17 that `\p{N}` does not.
    static bool is_numeric(char32_t c)
    {
        return character_class(c) == CharacterClass::number || (c >= 0x11DE0 && c <= 0x11DE9) ||
               (c >= 0x16FF4 && c <= 0x16FF6);
    }

    static Match find_number(std::string_view text, std::size_t from)
    {
        while (from < text.size()) {
            auto const byte = static_cast<std::uint8_t>(text[from]);
            Utf8Step const step =
                byte < 0x80 ? Utf8Step{byte, 1, Utf8Status::complete} : decode_utf8(text, from);
            if (step.status == Utf8Status::complete && is_numeric(step.code_point))
                return {from, from + step.length};
            from += step.length;
        }
        return {from, from};
    }

    /// The span with its prefix, and for metaspace with that for every space.
    static TextSpan rewrite(const Step& step, const TextSpan& span, RewrittenText& memory)
    {
        bool const is_metaspace = step.kind == Kind::metaspace;
        bool const has_prefix =
            span.text.starts_with(step.text) || (is_metaspace && span.text.starts_with(' '));
        bool const may_prepend =
            step.prepend == Prepend::always || (step.prepend == Prepend::first && span.at_start());
        memory.start(span);
        if (may_prepend && !has_prefix) memory.insert(step.text, 0, 0);
        if (is_metaspace)
            append_replaced(span, " ", step.text, memory);
        else
            memory.copy(0, span.text.size());
        return memory.finish();
    }

    std::vector<Step> steps_;
    bool is_byte_level_ = false;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
