#pragma once

/// \file
/// Generated text as it comes, in whole characters.

#include <cstdint>
#include <string_view>

#include <tfm/text/tokenizer.hpp>

#include "prompt.hpp"

namespace tfm_program {

/// Prints the text of tokens as it becomes certain, special tokens left out: never half a
/// character, and spaces as the tokenizer gives them.
class TextStream {
public:
    explicit TextStream(const tfm::Tokenizer& tokenizer);

    /// Reads a prompt, whose text is printed where it is to be echoed. Throws `OutputFailure`, as
    /// do the others.
    void begin(const Prompt& prompt, bool echo);

    /// Prints what one more token makes certain.
    void write(std::int32_t token);

    /// Ends the text, on a line of its own end.
    void finish();

private:
    void print_text(std::string_view text);

    tfm::DecodeStream stream_;
    bool ends_line_ = false;
};

/// The text that tokens continue a prompt with, all at once.
std::string continuation_text(const tfm::Tokenizer& tokenizer, const Prompt& prompt,
                              std::span<const std::int32_t> tokens);

} // namespace tfm_program
