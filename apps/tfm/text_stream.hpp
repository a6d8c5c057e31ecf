#pragma once

/// \file
/// Generated text as it comes, in whole characters.

#include <string_view>

#include <tfm/text/utf8.hpp>

namespace tfm_program {

/// Prints bytes that may end within a character as UTF-8 that never does: a character is printed
/// once it is complete, and what cannot become one is printed as U+FFFD.
class TextStream {
public:
    /// Prints what is complete so far. Throws `OutputFailure`.
    void write(std::string_view bytes);

    /// Ends the text, on a line of its own end.
    void finish();

private:
    void print_characters(std::string_view text);

    tfm::Utf8Stream characters_;
    bool ends_line_ = false;
};

} // namespace tfm_program
