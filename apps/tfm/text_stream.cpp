#include "text_stream.hpp"

#include <string>

#include <tfm/config.hpp>
#include <tfm/text/utf8.hpp>

#include "standard_streams.hpp"

namespace tfm_program {

TextStream::TextStream(const tfm::Tokenizer* tokenizer, const Prompt& prompt,
                       const std::vector<std::string>& stop_strings)
    : stops_(stop_strings)
{
    tfm::require(tokenizer != nullptr || stop_strings.empty(),
                 [] { return "--stop: expected a model with a tokenizer, found none"; });
    if (tokenizer == nullptr) return;
    stream_.emplace(*tokenizer, tfm::DecodeOptions{.skip_special_tokens = true});
    for (std::int32_t const token : prompt.tokens) prompt_ += stream_->step(token);
    if (!prompt.text) return;
    // What is left of a character, the stream has kept.
    std::string_view const given = *prompt.text;
    prompt_ = tfm::to_valid_utf8(given.substr(0, given.size() - tfm::incomplete_utf8_tail(given)));
}

std::string TextStream::step(std::int32_t token)
{
    return stream_ ? stops_.push(stream_->step(token)) : std::string();
}

std::string TextStream::finish()
{
    if (!stream_) return {};
    std::string const last = stops_.push(stream_->finish());
    return last + stops_.finish();
}

void TextPrinter::print(std::string_view text)
{
    if (text.empty()) return;
    ends_line_ = text.ends_with('\n');
    tfm_program::print(text);
    flush_output();
}

void TextPrinter::finish()
{
    if (!ends_line_) tfm_program::print("\n");
    flush_output();
}

} // namespace tfm_program
