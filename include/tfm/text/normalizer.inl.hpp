#pragma once

/// \file
/// Normalising a text: what needs no change is copied, the rest is decomposed, ordered and
/// composed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "../sorted_places.hpp"
#include "character_mappings.hpp"
#include "normalizer.hpp"
#include "utf8.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// End of the ASCII characters that begin at `position`.
inline std::size_t end_of_ascii(std::string_view text, std::size_t position)
{
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    for (std::uint64_t word = 0; position + sizeof word <= text.size(); position += sizeof word) {
        std::memcpy(&word, text.data() + position, sizeof word);
        if ((word & high_bits) != 0) break;
    }
    while (position < text.size() && static_cast<std::uint8_t>(text[position]) < 0x80) ++position;
    return position;
}

/// What normalised bytes are appended to.
struct NormalizedText {
    std::string& bytes;
    std::vector<std::uint32_t>* origins;

    void copy(std::string_view text, std::size_t begin, std::size_t end)
    {
        bytes.append(text, begin, end - begin);
        if (origins == nullptr) return;
        for (; begin < end; ++begin) origins->push_back(static_cast<std::uint32_t>(begin));
    }

    void append(char32_t c, std::uint32_t origin)
    {
        append_utf8(bytes, c);
        if (origins != nullptr) origins->resize(bytes.size() - before_, origin);
    }

    /// Bytes that were there before, of which `origins` knows nothing.
    std::size_t before_ = bytes.size() - (origins == nullptr ? 0 : origins->size());
};

/// A form's own rules.
class Normalizer {
public:
    explicit Normalizer(NormalForm form)
        : form_(static_cast<unsigned>(form)),
          is_composed_(form == NormalForm::nfc || form == NormalForm::nfkc),
          is_compatibility_(form == NormalForm::nfkc || form == NormalForm::nfkd)
    {
    }

    /// Up to where the text from `begin` on is in the form, whatever follows.
    std::size_t end_of_normal(std::string_view text, std::size_t begin) const
    {
        std::size_t end = begin;
        std::uint8_t last_rank = 0;
        for (std::size_t position = begin; position < text.size();) {
            if (const std::size_t next = end_of_ascii(text, position); next != position) {
                position = next;
                end = next - 1;
                last_rank = 0;
                continue;
            }
            const Utf8Step step = decode_utf8(text, position);
            position += step.length;
            if (step.status != Utf8Status::complete) {
                end = position;
                last_rank = 0;
                continue;
            }
            const NormalFormKind kind(step.code_point);
            const std::uint8_t rank = kind.rank();
            const bool is_out_of_order = rank != 0 && rank < last_rank;
            if (kind.changes_in(form_) || (is_composed_ && kind.joins()) || is_out_of_order)
                return end;
            if (rank == 0) end = position - step.length;
            last_rank = rank;
        }
        return text.size();
    }

    /// Normalises the characters from `begin` to the next one that nothing before it can change,
    /// and returns where that is.
    std::size_t append_changed(std::string_view text, std::size_t begin, NormalizedText& out)
    {
        parts_.clear();
        std::size_t position = begin;
        while (position < text.size()) {
            const Utf8Step step = decode_utf8(text, position);
            if (step.status != Utf8Status::complete) break;
            const NormalFormKind kind(step.code_point);
            const bool stands_alone = kind.rank() == 0 && !kind.joins() && !kind.changes_in(form_);
            if (stands_alone && position != begin) break;
            visit_decomposition(step.code_point, is_compatibility_, [&](char32_t part) {
                parts_.push_back(
                    {part, static_cast<std::uint32_t>(position), NormalFormKind(part).rank()});
            });
            position += step.length;
        }
        order_marks();
        if (is_composed_) compose();
        for (const Part& part : parts_) out.append(part.character, part.origin);
        return position;
    }

private:
    struct Part {
        char32_t character;
        std::uint32_t origin;
        std::uint8_t rank;
    };

    void order_marks()
    {
        const auto is_lower = [](const Part& a, const Part& b) { return a.rank < b.rank; };
        const auto is_mark = [](const Part& part) { return part.rank != 0; };
        for (auto begin = parts_.begin(); begin != parts_.end();) {
            begin = std::find_if(begin, parts_.end(), is_mark);
            auto const end = std::find_if_not(begin, parts_.end(), is_mark);
            if (!std::is_sorted(begin, end, is_lower)) {
                std::vector<Part> const marks(begin, end);
                auto const by_rank = sorted_places(marks.size(), [&](std::size_t a, std::size_t b) {
                    return is_lower(marks[a], marks[b]);
                });
                for (std::size_t const place : by_rank) *begin++ = marks[place];
            }
            begin = end;
        }
    }

    /// Puts compositions in place of characters and what follows them. A mark is composed with the
    /// last character that is none, unless one of its own class, or a character, is left between.
    void compose()
    {
        Part* starter = nullptr;
        Part* kept = parts_.data();
        for (const Part& part : parts_) {
            const bool follows = starter != nullptr && kept == starter + 1;
            if (starter != nullptr && (follows || kept[-1].rank < part.rank)) {
                if (const char32_t c = composition(starter->character, part.character); c != 0) {
                    starter->character = c;
                    continue;
                }
            }
            *kept = part;
            if (part.rank == 0) starter = kept;
            ++kept;
        }
        parts_.resize(static_cast<std::size_t>(kept - parts_.data()));
    }

    unsigned form_;
    bool is_composed_;
    bool is_compatibility_;
    std::vector<Part> parts_;
};

TFM_INLINE bool is_normal(NormalForm form, std::string_view text)
{
    return Normalizer(form).end_of_normal(text, 0) == text.size();
}

TFM_INLINE void normalize(NormalForm form, std::string_view text, std::string& out,
                          std::vector<std::uint32_t>* origins)
{
    Normalizer normalizer(form);
    NormalizedText normalized{out, origins};
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = normalizer.end_of_normal(text, begin);
        normalized.copy(text, begin, end);
        begin = end == text.size() ? end : normalizer.append_changed(text, end, normalized);
    }
}

TFM_INLINE void lower_case(std::string_view text, std::string& out,
                           std::vector<std::uint32_t>* origins)
{
    NormalizedText lowered{out, origins};
    for (std::size_t position = 0; position < text.size();) {
        if (const std::size_t end = end_of_ascii(text, position); end != position) {
            lowered.copy(text, position, end);
            for (char& c : std::span(out).last(end - position))
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
            position = end;
            continue;
        }
        const Utf8Step step = decode_utf8(text, position);
        const std::size_t end = position + step.length;
        if (step.status != Utf8Status::complete)
            lowered.copy(text, position, end);
        else
            visit_lower_case(step.code_point, [&](char32_t c) {
                lowered.append(c, static_cast<std::uint32_t>(position));
            });
        position = end;
    }
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
