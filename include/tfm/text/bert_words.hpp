#pragma once

/// \file
/// BERT's clean-up of a text and its cutting into words, before any vocabulary is asked.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../config.hpp"
#include "bert_text_options.hpp"
#include "character_mappings.hpp"
#include "tables/bert_characters.hpp"
#include "tables/unicode_classes.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

namespace detail {

/// CJK ideographs as BERT counts them: the blocks of Unicode 8, without kana and Hangul. (U+2B920
/// is Hugging Face's; the block begins at U+2B820.)
[[nodiscard]] constexpr bool is_ideograph(char32_t c) noexcept
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B81F) ||
           (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x2F800 && c <= 0x2FA1F);
}

/// Whether a set of tables/bert_characters.hpp has the code point.
template <std::size_t N>
[[nodiscard]] constexpr bool contains(const std::array<char32_t, N>& boundaries,
                                      char32_t c) noexcept
{
    const auto after = std::upper_bound(boundaries.begin(), boundaries.end(), c);
    return (after - boundaries.begin()) % 2 == 1;
}

/// Cuts a text into words: `visit(word, characters)` for each, a UTF-8 string and its length.
template <class Visit>
class BertWordCutter {
public:
    BertWordCutter(const BertTextOptions& options, Visit visit)
        : options_(options), visit_(std::move(visit))
    {
    }

    /// Bytes that are not valid UTF-8 count as U+FFFD.
    void cut(std::string_view text)
    {
        for (std::size_t position = 0; position < text.size();) {
            const Utf8Step step = decode_utf8(text, position);
            take(step.status == Utf8Status::complete ? step.code_point : 0xFFFD);
            position += step.length;
        }
        finish_word();
    }

private:
    void take(char32_t c)
    {
        if (options_.clean_text && contains(bert_dropped, c)) return;
        const bool alone = options_.split_ideographs && is_ideograph(c);
        if (alone) finish_word();
        without_accents(c, [this](char32_t plain) {
            in_lower_case(plain, [this](char32_t final) { append(final); });
        });
        if (alone) finish_word();
    }

    template <class Next>
    void without_accents(char32_t c, Next&& next)
    {
        if (!options_.strip_accents || c < 0x80) return next(c);
        const auto unless_mark = [&](char32_t part) {
            if (!contains(bert_marks, part)) next(part);
        };
        visit_decomposition(c, false, unless_mark);
    }

    template <class Next>
    void in_lower_case(char32_t c, Next&& next)
    {
        if (!options_.lower_case) return next(c);
        visit_lower_case(c, next);
    }

    void append(char32_t c)
    {
        if (character_class(c) == CharacterClass::space) return finish_word();
        const bool alone = contains(bert_punctuation, c);
        if (alone) finish_word();
        append_utf8(word_, c);
        ++characters_;
        if (alone) finish_word();
    }

    void finish_word()
    {
        if (characters_ == 0) return;
        visit_(std::string_view(word_), characters_);
        word_.clear();
        characters_ = 0;
    }

    const BertTextOptions& options_;
    Visit visit_;
    std::string word_;
    std::size_t characters_ = 0;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
