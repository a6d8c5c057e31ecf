#include "session_group.hpp"

#include <algorithm>

namespace tfm_program {

SessionGroup::SessionGroup(const tfm::any::Decoder& model, const GroupOptions& options)
    : vocab_(model.shape().vocab),
      batch_(model.make_batch(
          {.sessions = options.sessions,
           .positions = options.positions,
           .workspace = {.max_rows = std::clamp<std::size_t>(options.sessions * options.positions,
                                                             1, options.max_rows),
                         .threads = options.threads,
                         .logit_rows = std::max<std::size_t>(options.sessions, 32)}})),
      rows_(options.sessions)
{
}

void SessionGroup::forward(std::span<const tfm::Token> tokens, tfm::Logits which, OnRow on_row)
{
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = {i, tokens, which};
    batch_->forward(rows_, [&](std::size_t, std::span<const float> logits) {
        if (!on_row) return;
        for (; !logits.empty(); logits = logits.subspan(vocab_)) on_row(logits.first(vocab_));
    });
}

void SessionGroup::rewind(std::size_t position)
{
    for (std::size_t i = 0; i < rows_.size(); ++i) batch_->rewind(i, position);
}

} // namespace tfm_program
