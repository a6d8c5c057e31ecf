#pragma once

/// \file
/// Sessions that are fed the same tokens in the same passes.

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <tfm/any/model.hpp>

namespace tfm_program {

/// Takes the next row of logits, of which there are as many as tokens in the vocabulary.
using OnRow = tfm::FunctionRef<void(std::span<const float> row)>;

/// What a `SessionGroup` is made for.
struct GroupOptions {
    std::size_t sessions;
    std::size_t positions; ///< of each session
    std::size_t threads;
    std::size_t max_rows = 512; ///< computed at once; with fewer the logits come sooner
};

/// Sessions of one model and the memory for their passes. Serves one caller at a time.
class SessionGroup {
public:
    SessionGroup(const tfm::any::Decoder& model, const GroupOptions& options);

    /// Appends the tokens to every session, in one forward pass, and hands out the logits asked
    /// for, those of the first session first.
    void forward(std::span<const tfm::Token> tokens, tfm::Logits which, OnRow on_row = {});

    /// Forgets every session's tokens from `position` on.
    void rewind(std::size_t position);

private:
    std::size_t vocab_;
    std::unique_ptr<tfm::any::Batch> batch_;
    std::vector<tfm::any::Rows> rows_;
};

} // namespace tfm_program
