#pragma once

/// \file
/// `Session`: one sequence in progress, and `Rows`: what a forward pass is asked to add to it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "../config.hpp"
#include "kv_cache.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// A token id.
using Token = std::int32_t;

/// One sequence: its key-value cache and how far it has got. Made for any number of positions up to
/// the context of the shape; used by one forward pass at a time.
template <DecoderShape S, Precision P>
class Session {
public:
    /// Throws `tfm::Error` when `max_positions` is 0 or more than the shape's context.
    explicit Session(std::size_t max_positions = S.context)
        : cache_((require(max_positions > 0 && max_positions <= S.context,
                          [&] {
                              return "tfm::Session: " + std::to_string(max_positions) +
                                     " positions; expected 1 to the context of " +
                                     std::to_string(S.context);
                          }),
                  max_positions))
    {
    }

    /// Tokens processed so far, which is the position of the next one.
    std::size_t position() const noexcept { return position_; }
    /// Tokens it can take in all.
    std::size_t max_positions() const noexcept { return cache_.positions(); }

    /// Forgets the tokens from `position` on, so that others can follow there.
    /// Throws `tfm::Error` when the session has not got that far.
    void rewind(std::size_t position = 0)
    {
        require(position <= position_, [&] {
            return "tfm::Session: cannot rewind to position " + std::to_string(position) +
                   "; the session has " + std::to_string(position_) + " tokens";
        });
        position_ = position;
    }

    /// Keys and values of the tokens so far, for `forward`.
    KvCache<S, P>& cache() noexcept { return cache_; }

    /// Counts `tokens` more as processed; for `forward`.
    void advance(std::size_t tokens) noexcept { position_ += tokens; }

    /// Bytes of a session of so many positions.
    static constexpr std::size_t bytes(std::size_t max_positions) noexcept
    {
        return KvCache<S, P>::bytes(max_positions);
    }

private:
    KvCache<S, P> cache_;
    std::size_t position_ = 0;
};

/// Which of some rows' logits are wanted.
enum class Logits {
    none, ///< only the cache is filled
    last, ///< of the last token, to sample the next
    all,  ///< of every token, to score a text
};

/// Tokens to append to a session in one forward pass: a prompt is many, decoding is one.
template <DecoderShape S, Precision P>
struct Rows {
    Session<S, P>* session;        ///< to append to
    std::span<const Token> tokens; ///< at least one
    Logits logits = Logits::last;  ///< which are wanted

    /// Rows of logits asked for.
    std::size_t logit_rows() const noexcept
    {
        if (logits == Logits::none) return 0;
        return logits == Logits::last ? 1 : tokens.size();
    }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
