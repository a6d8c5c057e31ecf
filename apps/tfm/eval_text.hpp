#pragma once

/// \file
/// The text that models are scored by, and the windows in which they read it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tfm/eval/windows.hpp>

#include "opened_model.hpp"

namespace tfm_program {

/// A text as tokens.
struct EvalText {
    std::string file;
    std::vector<std::int32_t> tokens;
    std::size_t window; ///< tokens that a model reads at once
    std::size_t stride; ///< from one window to the next
    std::vector<tfm::TextWindow> windows;

    /// Tokens that are scored.
    std::size_t scored() const;

    /// File, tokens and windows, in one line for people.
    std::string describe() const;
};

/// Reads and encodes the text, all bytes of it. Windows are of `context` tokens unless the options
/// say otherwise. Throws `tfm::Error` when it cannot be read, has fewer than two tokens or one that
/// the model has not, and for windows and strides that do not fit.
/// \pre the model has a tokenizer.
EvalText read_eval_text(const TextOptions& options, const OpenedModel& model, std::size_t context);

} // namespace tfm_program
