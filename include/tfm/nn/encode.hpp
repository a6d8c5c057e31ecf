#pragma once

/// \file
/// `encode`, `encode_pooled` and `classify`: an encoder's forward pass over a batch of sequences.

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "encoder_pass.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Checks everything a caller can get wrong, before anything is written.
inline void check_sequence(const EncoderShape& shape, const EncoderInput& input, std::size_t index,
                           std::size_t max_rows)
{
    auto const who = [&] { return "tfm::encode: sequence " + std::to_string(index); };
    require(!input.tokens.empty(), [&] { return who() + " has no tokens"; });
    require(input.tokens.size() <= shape.context, [&] {
        return who() + " has " + std::to_string(input.tokens.size()) +
               " tokens; expected at most the context of " + std::to_string(shape.context);
    });
    require(input.tokens.size() <= max_rows, [&] {
        return who() + " has " + std::to_string(input.tokens.size()) +
               " tokens; expected at most the " + std::to_string(max_rows) +
               " rows that the workspace was made for";
    });
    require(input.types.empty() || input.types.size() == input.tokens.size(), [&] {
        return who() + " has " + std::to_string(input.tokens.size()) + " tokens and " +
               std::to_string(input.types.size()) + " token types; expected as many, or none";
    });
    auto const check_range = [&](std::span<const Token> values, std::size_t count,
                                 const char* what) {
        for (Token const value : values) {
            require(value >= 0 && static_cast<std::size_t>(value) < count, [&] {
                return who() + ": " + what + " " + std::to_string(value) +
                       " is out of range; expected 0 to " + std::to_string(count - 1);
            });
        }
    };
    check_range(input.tokens, shape.vocab, "token id");
    check_range(input.types, shape.token_types == 0 ? 1 : shape.token_types, "token type");
}

/// Describes the next sequences of the batch, as many as the memory takes, and returns the number
/// of the first that it does not.
template <Precision P>
std::size_t plan_sequences(std::span<const EncoderInput> batch, std::size_t next,
                           EncoderPassMemory<P>& memory)
{
    Chunk<P>& chunk = memory.chunk;
    chunk.places.clear();
    chunk.segments.clear();
    memory.sequences.clear();
    std::size_t origin = 0;
    for (; next < batch.size(); ++next) {
        EncoderInput const& input = batch[next];
        std::size_t const length = input.tokens.size();
        bool const fits = chunk.places.size() + length <= chunk.max_rows() &&
                          origin + length <= memory.cache.positions();
        if (!fits) break;
        memory.sequences.push_back(&input);
        chunk.segments.push_back({&memory.cache, chunk.places.size(), length, 0, origin, length});
        for (std::size_t i = 0; i < length; ++i)
            chunk.places.push_back({&memory.cache, origin + i, input.tokens[i]});
        origin += round_up(length, EncoderPassMemory<P>::sequence_alignment);
    }
    return next;
}

/// Runs a batch chunk by chunk; each thread then calls `store(pass, first_row, first_sequence)`,
/// where both count what the chunks before had.
template <Precision P, class Store>
void run_encoder(const EncoderModel<P>& model, EncoderPassMemory<P>& memory,
                 std::span<const EncoderInput> batch, Store store)
{
    nn_detail::require_filled("tfm::encode", model.weights.is_filled);
    require(memory.chunk.fits(model.weights.block_shape), [] {
        return "tfm::encode: the workspace was made for a model of other sizes; make one for this "
               "model: EncoderWorkspace(model, options)";
    });
    for (std::size_t i = 0; i < batch.size(); ++i)
        check_sequence(model.weights.shape, batch[i], i, memory.chunk.max_rows());
    std::size_t first_row = 0;
    for (std::size_t next = 0; next < batch.size();) {
        std::size_t const first_sequence = next;
        next = plan_sequences(batch, next, memory);
        parallel(memory.chunk.threads(), [&](Team team) {
            EncoderPass<P> const pass(model, memory, team);
            pass.run_layers();
            store(pass, first_row, first_sequence);
        });
        first_row += memory.chunk.places.size();
    }
}

inline void require_rows(std::size_t found, std::size_t expected, const char* what)
{
    require(found == expected, [&] {
        return "tfm::encode: the output has " + std::to_string(found) + " rows; the batch has " +
               std::to_string(expected) + " " + what;
    });
}

inline void require_columns(std::size_t found, std::size_t expected, const char* what)
{
    require(found == expected, [&] {
        return "tfm::encode: the output has " + std::to_string(found) +
               " columns; the model has a " + what + " of " + std::to_string(expected);
    });
}

template <Precision P>
void encode(const EncoderModel<P>& model, EncoderPassMemory<P>& memory,
            std::span<const EncoderInput> batch, View<float, RowMajor<>> out)
{
    std::size_t tokens = 0;
    for (EncoderInput const& input : batch) tokens += input.tokens.size();
    require_rows(out.rows(), tokens, "tokens");
    require_columns(out.cols(), model.weights.shape.width, "width");
    run_encoder(model, memory, batch, [&](auto const& pass, std::size_t row, std::size_t) {
        pass.store_rows({out.row(row), {memory.chunk.places.size(), out.cols()}});
    });
}

template <Precision P>
void encode_pooled(const EncoderModel<P>& model, EncoderPassMemory<P>& memory,
                   std::span<const EncoderInput> batch, View<float, RowMajor<>> out)
{
    require_rows(out.rows(), batch.size(), "sequences");
    require_columns(out.cols(), model.weights.shape.width, "width");
    run_encoder(model, memory, batch, [&](auto const& pass, std::size_t, std::size_t sequence) {
        pass.store_pooled({out.row(sequence), {memory.sequences.size(), out.cols()}});
    });
}

template <Precision P>
void classify(const EncoderModel<P>& model, EncoderPassMemory<P>& memory,
              std::span<const EncoderInput> batch, View<float, RowMajor<>> out)
{
    require_rows(out.rows(), batch.size(), "sequences");
    require_columns(out.cols(), model.weights.shape.labels, "number of labels");
    run_encoder(model, memory, batch, [&](auto const& pass, std::size_t, std::size_t sequence) {
        pass.classify({out.row(sequence), {memory.sequences.size(), out.cols()}});
    });
}

} // namespace detail

/// The last layer's features of every token.
///
/// Sequences may be of different lengths; they are computed side by side, without padding. The
/// model is only read; a workspace serves one pass at a time.
/// \param out (n, width) for the n tokens of all sequences, one sequence after the other.
/// Throws `tfm::Error` before anything is changed: a sequence without tokens or with too many, a
/// token or type out of range, a workspace for a model of other sizes, or an output of other rows
/// or columns.
template <EncoderShape S, Precision P>
void encode(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
            std::type_identity_t<std::span<const EncoderInput>> batch,
            std::type_identity_t<View<float, RowMajor<dyn, S.width>>> out)
{
    detail::encode(model.model(), workspace.memory(), batch,
                   {out.data(), {out.rows(), out.cols()}});
}

/// The features of every sequence, pooled as the shape says and behind its pooler.
/// \param out (n, width) for n sequences.
/// Throws as `encode` does.
template <EncoderShape S, Precision P>
void encode_pooled(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
                   std::type_identity_t<std::span<const EncoderInput>> batch,
                   std::type_identity_t<View<float, RowMajor<dyn, S.width>>> out)
{
    detail::encode_pooled(model.model(), workspace.memory(), batch,
                          {out.data(), {out.rows(), out.cols()}});
}

/// The classifier's outputs for every sequence, before any softmax.
/// \param logits (n, labels) for n sequences.
/// Throws as `encode` does.
template <EncoderShape S, Precision P>
void classify(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
              std::type_identity_t<std::span<const EncoderInput>> batch,
              std::type_identity_t<View<float, RowMajor<dyn, S.labels>>> logits)
{
    static_assert(HasLabels<S.labels>::value);
    detail::classify(model.model(), workspace.memory(), batch,
                     {logits.data(), {logits.rows(), logits.cols()}});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
