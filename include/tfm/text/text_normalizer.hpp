#pragma once

/// \file
/// The normalizer of a tokenizer.json: what is done to a text before it is cut into pieces.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "normalizer.hpp"
#include "text_ends.hpp"
#include "text_span.hpp"
#include "tokenizer_json.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The memory of one text's normalization.
using NormalizerMemory = std::array<RewrittenText, 2>;

/// Steps that are applied one after the other, each to the whole of a text. Throws `tfm::Error` for
/// a text that they make much longer than it was: some files would double it again and again.
class TextNormalizer {
public:
    TextNormalizer() = default;

    /// One step: a normal form.
    explicit TextNormalizer(NormalForm form) { add({.kind = Kind::form, .form = form}); }

    /// Reads `normalizer`. Fails on a step that is not implemented.
    explicit TextNormalizer(const TokenizerJson& json)
    {
        if (json.is_absent()) return;
        file_ = json.file();
        read(json);
    }

    /// The normalized text. Refers to `memory` unless nothing changes.
    [[nodiscard]] TextSpan operator()(TextSpan span, NormalizerMemory& memory) const
    {
        std::size_t turn = 0;
        std::size_t const most = most_bytes(span.text.size());
        for (const Step& step : steps_) {
            check_size(step, span.text, most);
            if (!apply(step, span, memory[turn])) continue;
            span = memory[turn].finish();
            turn = 1 - turn;
        }
        return span;
    }

    /// The same for a text of its own.
    [[nodiscard]] std::string operator()(std::string_view text) const
    {
        NormalizerMemory memory;
        return std::string((*this)(TextSpan::whole(text), memory).text);
    }

private:
    enum class Kind : std::uint8_t { form, lower_case, replace, prepend, strip };

    struct Step {
        Kind kind;
        NormalForm form{};
        std::string pattern{}; ///< to be replaced
        std::string content{}; ///< to be put in
        bool left = false;     ///< strip the beginning
        bool right = false;    ///< strip the end
    };

    /// What a text of so many bytes may become. The longest that a normal form makes of a character
    /// is eleven times as long, and published files put a few bytes for one.
    static constexpr std::size_t most_bytes(std::size_t bytes) { return 4096 + 64 * bytes; }

    /// Fails if the step would make more than `most` bytes of the text.
    void check_size(const Step& step, std::string_view text, std::size_t most) const
    {
        std::size_t count = step.kind == Kind::prepend && !text.empty() ? 1 : 0;
        if (step.kind == Kind::replace && step.content.size() > step.pattern.size()) {
            count = text.size() / step.pattern.size();
            // Most texts are known to be short enough without a look at them.
            if (step.content.size() * count + text.size() > most)
                count = count_matches(text, step.pattern);
        }
        std::size_t const size = text.size() + count * (step.content.size() - step.pattern.size());
        require(count == 0 || size <= most, [&] {
            return file_ + ": 'normalizer': expected at most " + std::to_string(most) +
                   " bytes for this text, found " + std::to_string(size);
        });
    }

    static std::size_t count_matches(std::string_view text, std::string_view pattern)
    {
        std::size_t count = 0;
        for (std::size_t match = text.find(pattern); match != std::string_view::npos; ++count)
            match = text.find(pattern, match + pattern.size());
        return count;
    }

    void add(Step step) { steps_.push_back(std::move(step)); }

    void read(const TokenizerJson& json)
    {
        constexpr std::array<std::string_view, 4> forms{"NFC", "NFD", "NFKC", "NFKD"};
        std::string const type = json.string("type", "");
        json.expect_few_before(steps_.size());
        for (std::size_t i = 0; i < forms.size(); ++i)
            if (type == forms[i])
                return add({.kind = Kind::form, .form = static_cast<NormalForm>(i)});
        if (type == "Sequence") {
            for (const TokenizerJson& part : json.parts("normalizers")) read(part);
        } else if (type == "Lowercase") {
            add({.kind = Kind::lower_case});
        } else if (type == "Prepend") {
            add({.kind = Kind::prepend, .content = json.string("prepend", "")});
        } else if (type == "Replace") {
            add({.kind = Kind::replace,
                 .pattern = literal_pattern(json),
                 .content = json.string("content", "")});
        } else if (type == "Strip") {
            add({.kind = Kind::strip,
                 .left = json.boolean("strip_left", false),
                 .right = json.boolean("strip_right", false)});
        } else {
            json.refuse("type", "NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Strip or "
                                "Sequence");
        }
    }

    /// Whether the step makes a new text: then it is `out`. Else `span` may have become shorter.
    [[nodiscard]] static bool apply(const Step& step, TextSpan& span, RewrittenText& out)
    {
        if (span.text.empty()) return false;
        switch (step.kind) {
        case Kind::form:
            if (is_normal(step.form, span.text)) return false;
            out.start(span);
            out.transform([&](auto text, std::string& to, auto* origins) {
                normalize(step.form, text, to, origins);
            });
            return true;
        case Kind::lower_case:
            out.start(span);
            out.transform(
                [](auto text, std::string& to, auto* origins) { lower_case(text, to, origins); });
            return true;
        case Kind::prepend:
            out.start(span);
            out.insert(step.content, 0, 0);
            out.copy(0, span.text.size());
            return true;
        case Kind::replace:
            if (span.text.find(step.pattern) == std::string_view::npos) return false;
            out.start(span);
            append_replaced(span, step.pattern, step.content, out);
            return true;
        case Kind::strip:
            break;
        }
        strip(step, span);
        return false;
    }

    static void strip(const Step& step, TextSpan& span)
    {
        std::size_t const begin = step.left ? white_space_at_start(span.text) : 0;
        std::size_t const end =
            span.text.size() - (step.right ? white_space_at_end(span.text.substr(begin)) : 0);
        span = span.part(begin, end);
    }

    std::string file_; // that states the steps
    std::vector<Step> steps_;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
