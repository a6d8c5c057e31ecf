#include "text_stream.hpp"

#include <string>

#include <tfm/text/utf8.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

namespace {

constexpr tfm::DecodeOptions without_special{.skip_special_tokens = true};

/// The text of tokens.
std::string read_all(tfm::DecodeStream& stream, std::span<const std::int32_t> tokens)
{
    std::string text;
    for (std::int32_t const token : tokens) text += stream.step(token);
    return text;
}

} // namespace

TextStream::TextStream(const tfm::Tokenizer& tokenizer) : stream_(tokenizer, without_special) {}

void TextStream::begin(const Prompt& prompt, bool echo)
{
    std::string text = read_all(stream_, prompt.tokens);
    if (prompt.text) {
        // What is left of a character, the stream has kept.
        std::string_view const given = *prompt.text;
        text = tfm::to_valid_utf8(given.substr(0, given.size() - tfm::incomplete_utf8_tail(given)));
    }
    if (echo) print_text(text);
}

void TextStream::write(std::int32_t token) { print_text(stream_.step(token)); }

void TextStream::finish()
{
    print_text(stream_.finish());
    if (!ends_line_) print("\n");
    flush_output();
}

void TextStream::print_text(std::string_view text)
{
    if (text.empty()) return;
    ends_line_ = text.ends_with('\n');
    print(text);
    flush_output();
}

std::string continuation_text(const tfm::Tokenizer& tokenizer, const Prompt& prompt,
                              std::span<const std::int32_t> tokens)
{
    tfm::DecodeStream stream(tokenizer, without_special);
    read_all(stream, prompt.tokens);
    std::string const text = read_all(stream, tokens);
    return text + stream.finish();
}

} // namespace tfm_program
