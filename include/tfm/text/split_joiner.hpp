#pragma once

/// \file
/// What becomes of the matches of a pattern by which a text is split.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../config.hpp"
#include "tokenizer_json.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// Hugging Face's SplitDelimiterBehavior, in the order of `split_behavior`'s names.
enum class SplitBehavior : std::uint8_t {
    isolated,             ///< a match is a piece
    removed,              ///< a match is dropped
    merged_with_previous, ///< a match ends the piece before it
    merged_with_next,     ///< a match begins the piece after it
    contiguous,           ///< adjacent matches are one piece
};

/// The `behavior` of a step. Fails on one that is none of them.
inline SplitBehavior split_behavior(const TokenizerJson& step)
{
    constexpr std::array<std::string_view, 5> names{"Isolated", "Removed", "MergedWithPrevious",
                                                    "MergedWithNext", "Contiguous"};
    std::string const name = step.string("behavior", "");
    for (std::size_t i = 0; i < names.size(); ++i)
        if (name == names[i]) return static_cast<SplitBehavior>(i);
    step.refuse("behavior", "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
}

/// Takes the parts of a text in order, matches and what stands between them, and hands out the
/// pieces: `visit(begin, end)`.
template <class Visit>
class SplitJoiner {
public:
    SplitJoiner(SplitBehavior behavior, Visit visit)
        : behavior_(behavior), visit_(std::forward<Visit>(visit))
    {
    }

    void add(std::size_t begin, std::size_t end, bool is_match)
    {
        if (behavior_ == SplitBehavior::isolated) return visit_(begin, end);
        if (behavior_ == SplitBehavior::removed) {
            if (!is_match) visit_(begin, end);
            return;
        }
        if (begin_ == end_ || !joins(is_match)) {
            finish();
            begin_ = begin;
        }
        end_ = end;
        was_match_ = is_match;
    }

    /// Hands out the last piece.
    void finish()
    {
        if (begin_ != end_) visit_(begin_, end_);
        begin_ = end_;
    }

private:
    [[nodiscard]] bool joins(bool is_match) const
    {
        if (behavior_ == SplitBehavior::contiguous) return is_match == was_match_;
        bool const with_next = behavior_ == SplitBehavior::merged_with_next;
        return is_match != with_next && was_match_ == with_next;
    }

    SplitBehavior behavior_;
    Visit visit_;
    std::size_t begin_ = 0; // of the piece that may still grow; none where it is the end
    std::size_t end_ = 0;
    bool was_match_ = false; // the last part
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
