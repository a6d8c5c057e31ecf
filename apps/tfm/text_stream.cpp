#include "text_stream.hpp"

#include <cstddef>

#include "standard_streams.hpp"

namespace tfm_program {

void TextStream::write(std::string_view bytes)
{
    print_characters(characters_.push(bytes));
    flush_output();
}

void TextStream::finish()
{
    print_characters(characters_.finish());
    if (!ends_line_) print("\n");
    flush_output();
}

void TextStream::print_characters(std::string_view text)
{
    if (text.empty()) return;
    ends_line_ = text.ends_with('\n');
    std::size_t begin = 0; // of what is well-formed and not printed yet
    for (std::size_t position = 0; position < text.size();) {
        tfm::Utf8Step const step = tfm::decode_utf8(text, position);
        if (step.status != tfm::Utf8Status::complete) {
            print(text.substr(begin, position - begin));
            print("\xEF\xBF\xBD");
            begin = position + step.length;
        }
        position += step.length;
    }
    print(text.substr(begin));
}

} // namespace tfm_program
