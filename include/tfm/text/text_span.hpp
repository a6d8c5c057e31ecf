#pragma once

/// \file
/// Parts of a text on its way through a tokenizer, and where their bytes were at first.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// A part of a text. Refers to bytes, and to origins, that outlive it.
struct TextSpan {
    std::string_view text;
    /// The position of each byte, and of the end, in the text that was given; null where nobody
    /// asks for it.
    const std::uint32_t* origins = nullptr;
    bool at_start = false; ///< whether it begins where the given text begins

    /// Bytes [begin, end).
    [[nodiscard]] TextSpan part(std::size_t begin, std::size_t end) const
    {
        return {text.substr(begin, end - begin), origins == nullptr ? nullptr : origins + begin,
                at_start && begin == 0};
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
    }

    /// Appends bytes [begin, end) of the span as they are.
    void copy(std::size_t begin, std::size_t end)
    {
        text_.append(from_.text, begin, end - begin);
        if (from_.origins != nullptr)
            origins_.insert(origins_.end(), from_.origins + begin, from_.origins + end);
    }

    /// Appends bytes that stand for what begins at byte `position` of the span.
    void insert(std::string_view bytes, std::size_t position)
    {
        text_.append(bytes);
        if (from_.origins != nullptr)
            origins_.insert(origins_.end(), bytes.size(), from_.origins[position]);
    }

    /// Lets `step(text, out, origins)` append all, and to `origins`, unless it is null, where in
    /// `text` each byte of `out` comes from.
    template <class Step>
    void transform(Step&& step)
    {
        std::vector<std::uint32_t>* const none = nullptr;
        step(from_.text, text_, from_.origins == nullptr ? none : &origins_);
        for (std::uint32_t& origin : origins_) origin = from_.origins[origin];
    }

    /// The new text. It refers to this object.
    [[nodiscard]] TextSpan finish()
    {
        if (from_.origins == nullptr) return {text_, nullptr, from_.at_start};
        origins_.push_back(from_.origins[from_.text.size()]);
        return {text_, origins_.data(), from_.at_start};
    }

private:
    TextSpan from_;
    std::string text_;
    std::vector<std::uint32_t> origins_;
};

/// Appends a span to the rewriting of it, with `content` for every `pattern` (not empty).
inline void append_replaced(const TextSpan& span, std::string_view pattern,
                            std::string_view content, RewrittenText& out)
{
    std::size_t begin = 0;
    for (std::size_t match = span.text.find(pattern); match != std::string_view::npos;
         match = span.text.find(pattern, begin)) {
        out.copy(begin, match);
        out.insert(content, match);
        begin = match + pattern.size();
    }
    out.copy(begin, span.text.size());
}

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
