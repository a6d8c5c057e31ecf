#pragma once

/// \file
/// Generated text as it comes, in whole characters.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tfm/generate/stop_strings.hpp>
#include <tfm/text/tokenizer.hpp>

#include "prompt.hpp"

namespace tfm_program {

/// The text of tokens as it becomes certain, special tokens left out, up to the first stop string:
/// never half a character, and spaces as the tokenizer gives them. Without a tokenizer there is
/// none.
class TextStream {
public:
    /// After this prompt. Throws `tfm::Error` for stop strings without a tokenizer.
    TextStream(const tfm::Tokenizer* tokenizer, const Prompt& prompt,
               const std::vector<std::string>& stop_strings);

    /// The prompt's own text, but for half a character at its end.
    const std::string& prompt() const { return prompt_; }

    /// What one more token makes certain.
    std::string step(std::int32_t token);

    /// Whether a stop string has come.
    bool is_stopped() const { return stops_.is_found(); }

    /// What is left at the end.
    std::string finish();

private:
    std::optional<tfm::DecodeStream> stream_;
    tfm::StopStrings stops_;
    std::string prompt_;
};

/// Prints pieces of text at once.
class TextPrinter {
public:
    /// Throws `OutputFailure`.
    void print(std::string_view text);

    /// Ends the text, on a line of its own end.
    void finish();

private:
    bool ends_line_ = false;
};

} // namespace tfm_program
