#pragma once

/// \file
/// Parts of a text on its way through a tokenizer, and where their bytes were at first.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"
#include "utf8.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A part of a text. Refers to bytes, and to origins, that outlive it.
struct TextSpan {
    std::string_view text;
    /// The position of each byte, and of the end, in the text that was given; null where nobody
    /// asks for it.
    const std::uint32_t* origins = nullptr;
    /// How many bytes from the first on come from the first character of the given text, as Hugging
    /// Face's offsets have it.
    std::size_t from_start = 0;

    /// A text as it is given.
    static TextSpan whole(std::string_view text, const std::uint32_t* origins = nullptr)
    {
        return {text, origins, text.empty() ? 0U : std::size_t{decode_utf8(text, 0).length}};
    }

    /// Whether it begins with what comes from the first character of the given text.
    [[nodiscard]] bool at_start() const noexcept { return from_start > 0; }

    /// Bytes [begin, end).
    [[nodiscard]] TextSpan part(std::size_t begin, std::size_t end) const
    {
        return {text.substr(begin, end - begin), origins == nullptr ? nullptr : origins + begin,
                from_start > begin ? std::min(from_start, end) - begin : 0};
    }
};

/// What a step makes of a span: the same text with some bytes replaced. Keeps its memory.
class RewrittenText {
public:
    /// Forgets what it holds and begins with nothing of `from`, which must outlive the rewriting.
    void start(const TextSpan& from)
    {
        from_ = from;
        text_.clear();
        origins_.clear();
        from_start_ = 0;
    }

    /// Appends bytes [begin, end) of the span as they are.
    void copy(std::size_t begin, std::size_t end)
    {
        text_.append(from_.text, begin, end - begin);
        if (begin < from_.from_start) from_start_ += std::min(from_.from_start, end) - begin;
        if (from_.origins != nullptr)
            origins_.insert(origins_.end(), from_.origins + begin, from_.origins + end);
    }

    /// Appends bytes that stand for what begins at byte `position` of the span, and ends with the
    /// character at `last`.
    void insert(std::string_view bytes, std::size_t position, std::size_t last)
    {
        text_.append(bytes);
        if (last < from_.from_start) from_start_ += bytes.size();
        if (from_.origins != nullptr)
            origins_.insert(origins_.end(), bytes.size(), from_.origins[position]);
    }

    /// Lets `step(text, out, origins)` append all, and to `origins`, unless it is null, where in
    /// `text` each byte of `out` comes from.
    template <class Step>
    void transform(Step&& step)
    {
        std::vector<std::uint32_t>* const none = nullptr;
        bool const is_asked = from_.origins != nullptr || from_.at_start();
        step(from_.text, text_, is_asked ? &origins_ : none);
        while (from_start_ < origins_.size() && origins_[from_start_] < from_.from_start)
            ++from_start_;
        if (from_.origins == nullptr) return origins_.clear();
        for (std::uint32_t& origin : origins_) origin = from_.origins[origin];
    }

    /// The new text. It refers to this object.
    [[nodiscard]] TextSpan finish()
    {
        if (from_.origins == nullptr) return {text_, nullptr, from_start_};
        origins_.push_back(from_.origins[from_.text.size()]);
        return {text_, origins_.data(), from_start_};
    }

private:
    TextSpan from_;
    std::string text_;
    std::vector<std::uint32_t> origins_;
    std::size_t from_start_ = 0; // as the new text's
};

/// Appends a span to the rewriting of it, with `content` for every `pattern` (not empty).
inline void append_replaced(const TextSpan& span, std::string_view pattern,
                            std::string_view content, RewrittenText& out)
{
    std::size_t begin = 0;
    for (std::size_t match = span.text.find(pattern); match != std::string_view::npos;
         match = span.text.find(pattern, begin)) {
        out.copy(begin, match);
        out.insert(content, match, match + pattern.size() - 1);
        begin = match + pattern.size();
    }
    out.copy(begin, span.text.size());
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
