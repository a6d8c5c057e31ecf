#include "text_reader.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <tfm/config.hpp>

namespace tfm_program {

TextReader::TextReader(const OpenedModel& model, const tfm::any::Decoder& weights,
                       const EvalText& text, std::size_t threads)
    : model_(model), text_(text),
      session_(weights, {.sessions = 1, .positions = text.window, .threads = threads})
{
}

void TextReader::begin(const tfm::TextWindow& window)
{
    session_.rewind(0);
    next_ = window.first_scored - 1; // whose logits foretell the first
    auto const before = std::span(text_.tokens).subspan(window.begin, next_ - window.begin);
    if (!before.empty()) session_.forward(before, tfm::Logits::none);
}

void TextReader::foretell(std::size_t count, OnRow on_row)
{
    auto const tokens = std::span(text_.tokens).subspan(next_, count);
    session_.forward(tokens, tfm::Logits::all, [&](std::span<const float> logits) {
        check_finite(logits);
        on_row(logits);
        ++next_;
    });
}

void TextReader::check_finite(std::span<const float> logits) const
{
    auto const found = std::find_if_not(logits.begin(), logits.end(),
                                        [](float logit) { return std::isfinite(logit); });
    tfm::require(found == logits.end(), [&] {
        return model_.folder.string() + " in " + std::string(tfm::name(model_.precision)) +
               ": the logits after token " + std::to_string(next_) + " of " + text_.file +
               ": expected finite numbers, found " + std::to_string(*found);
    });
}

} // namespace tfm_program
