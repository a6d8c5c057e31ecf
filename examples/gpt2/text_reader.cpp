#include "text_reader.hpp"

namespace gpt2_program {

TextReader::TextReader(const AnyModel& model, const EvalText& text, std::size_t threads)
    : tokens_(text.tokens),
      batch_(model.make_batch({.sessions = 1, .positions = text.window, .threads = threads}))
{
}

void TextReader::begin(const tfm::TextWindow& window)
{
    batch_->rewind(0);
    next_ = window.first_scored - 1; // whose logits foretell the first
    auto const before = tokens_.subspan(window.begin, next_ - window.begin);
    if (!before.empty()) batch_->forward(before, tfm::Logits::none, ignore_logits);
}

void TextReader::foretell(std::size_t count, const OnLogits& on_logits)
{
    batch_->forward(tokens_.subspan(next_, count), tfm::Logits::all, on_logits);
    next_ += count;
}

} // namespace gpt2_program
