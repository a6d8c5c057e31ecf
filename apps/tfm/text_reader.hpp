#pragma once

/// \file
/// A model that reads a text window by window.

#include <cstddef>

#include <tfm/eval/windows.hpp>

#include "eval_text.hpp"
#include "session_group.hpp"

namespace tfm_program {

/// Computes what a model foretells of a text's tokens. Model, weights and text must outlive it.
class TextReader {
public:
    TextReader(const OpenedModel& model, const tfm::any::Decoder& weights, const EvalText& text,
               std::size_t threads);

    /// Begins a window: forgets the one before, and reads what precedes the first token to score.
    void begin(const tfm::TextWindow& window);

    /// The logits for each of the next `count` tokens to score, in order. Throws `tfm::Error`
    /// naming model and token where one is not finite, as when weights are too large for a
    /// precision.
    void foretell(std::size_t count, OnRow on_row);

private:
    void check_finite(std::span<const float> logits) const;

    const OpenedModel& model_;
    const EvalText& text_;
    SessionGroup session_;
    std::size_t next_ = 0; ///< token to be read
};

} // namespace tfm_program
