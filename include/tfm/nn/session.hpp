#pragma once

/// \file
/// `Session`: one sequence in progress, and `Rows`: what a forward pass is asked to add to it.

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../config.hpp"
#include "kv_cache.hpp"
#include "tokens.hpp"

#include "../hide_macros.hpp"

namespace tfm {

inline namespace TFM_ISA_NAMESPACE {

template <DecoderShape S, Precision P>
class Decoder;

namespace detail {

/// A sequence whose keys and values are stored in D: all of a session, whatever the model's sizes.
template <Dtype D>
class Sequence {
public:
    /// Throws `tfm::Error` when `positions` is 0 or more than the model's context.
    Sequence(const CacheShape& shape, std::size_t positions, std::size_t context)
        : cache_(shape, (require(positions > 0 && positions <= context,
                                 [&] {
                                     return "tfm::Session: " + std::to_string(positions) +
                                            " positions; expected 1 to the context of " +
                                            std::to_string(context);
                                 }),
                         positions))
    {
        tokens_.reserve(positions);
    }

    Sequence clone() const
    {
        require_whole();
        Sequence copy(cache_.clone());
        copy.tokens_.reserve(max_positions());
        copy.tokens_ = tokens_;
        return copy;
    }

    /// Whether it was moved from, and is of no use but to be assigned to.
    bool is_moved_from() const noexcept { return cache_.is_moved_from(); }
    void require_whole() const
    {
        require(!is_moved_from(), [] { return "tfm::Session: the session was moved from"; });
    }

    KvCache<D>& cache() noexcept { return cache_; }
    const KvCache<D>& cache() const noexcept { return cache_; }
    std::span<const Token> tokens() const noexcept { return tokens_; }
    std::size_t position() const noexcept { return tokens_.size(); }
    std::size_t max_positions() const noexcept { return cache_.positions(); }

    /// Takes tokens whose keys and values are in the cache. Allocates nothing.
    void advance(std::span<const Token> tokens)
    {
        require_whole();
        require(tokens.size() <= max_positions() - position(), [&] {
            return "tfm::Session: cannot advance by " + std::to_string(tokens.size()) +
                   " tokens; the session has " + std::to_string(position()) + " of its " +
                   std::to_string(max_positions()) + " positions in use";
        });
        tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    }

    void rewind(std::size_t position)
    {
        require_whole();
        require(position <= tokens_.size(), [&] {
            return "tfm::Session: cannot rewind to position " + std::to_string(position) +
                   "; the session has " + std::to_string(tokens_.size()) + " tokens";
        });
        cache_.forget_values(position, tokens_.size());
        tokens_.resize(position);
    }

private:
    explicit Sequence(KvCache<D> cache) : cache_(std::move(cache)) {}

    KvCache<D> cache_;
    std::vector<Token> tokens_; ///< in memory for all positions
};

} // namespace detail

/// One sequence: its tokens so far, and their keys and values in a cache. Made for any number of
/// positions up to the context of the model; used by one forward pass at a time. One that was moved
/// from has no tokens, and to do anything with it but to assign another is an error.
template <DecoderShape S, Precision P>
class Session {
    static constexpr CacheShape cache_shape = nn_detail::cache_shape(S);

public:
    /// Where the shape's sizes are numbers. Throws `tfm::Error` when `max_positions` is 0 or more
    /// than the shape's context.
    explicit Session(std::size_t max_positions = S.context) requires(S.is_static())
        : sequence_(cache_shape, max_positions, S.context)
    {
    }

    /// For this model, with room for its whole context. Defined in nn/decoder.hpp.
    explicit Session(const Decoder<S, P>& model);
    /// For this model. Throws `tfm::Error` when `max_positions` is 0 or more than its context.
    Session(const Decoder<S, P>& model, std::size_t max_positions);

    /// The tokens processed so far, whose keys and values it holds.
    std::span<const Token> tokens() const noexcept { return sequence_.tokens(); }
    /// How many they are, which is the position of the next one.
    std::size_t position() const noexcept { return sequence_.position(); }
    /// Tokens it can take in all.
    std::size_t max_positions() const noexcept { return sequence_.max_positions(); }

    /// Forgets the tokens from `position` on, so that others can follow there.
    /// Throws `tfm::Error` when the session has not got that far.
    void rewind(std::size_t position = 0) { sequence_.rewind(position); }

    /// A session of its own that has got as far as this one, to continue a text in another way. It
    /// copies the cache and takes as much memory.
    Session fork() const { return Session(sequence_.clone()); }

    /// The sequence itself, for `forward`.
    detail::Sequence<P.kv>& sequence() noexcept { return sequence_; }
    /// The same, to read.
    const detail::Sequence<P.kv>& sequence() const noexcept { return sequence_; }

    /// Bytes of a session's keys and values, for so many positions.
    static constexpr std::size_t bytes(std::size_t max_positions) noexcept requires(S.is_static())
    {
        return KvCache<P.kv>::bytes(cache_shape, max_positions);
    }

private:
    explicit Session(detail::Sequence<P.kv> sequence) : sequence_(std::move(sequence)) {}

    detail::Sequence<P.kv> sequence_;
};

namespace detail {

/// Tokens to append to a sequence: `Rows` without the model's shape.
template <Dtype D>
struct SequenceRows {
    Sequence<D>* sequence; ///< null where the caller gave none
    std::span<const Token> tokens;
    Logits logits;

    /// Rows of logits asked for.
    std::size_t logit_rows() const noexcept
    {
        if (logits == Logits::none) return 0;
        return logits == Logits::last ? 1 : tokens.size();
    }
};

} // namespace detail

/// Tokens to append to a session in one forward pass: a prompt is many, decoding is one.
template <DecoderShape S, Precision P>
struct Rows {
    Session<S, P>* session;        ///< to append to
    std::span<const Token> tokens; ///< at least one
    Logits logits = Logits::last;  ///< which are wanted

    /// The same without the model's shape.
    detail::SequenceRows<P.kv> rows() const noexcept
    {
        return {session == nullptr ? nullptr : &session->sequence(), tokens, logits};
    }
    /// Rows of logits asked for.
    std::size_t logit_rows() const noexcept { return rows().logit_rows(); }
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
