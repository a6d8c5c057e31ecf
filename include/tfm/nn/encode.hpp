#pragma once

/// \file
/// `encode`, `encode_pooled` and `classify`: an encoder's forward pass over a batch of sequences.

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "encoder_pass.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Checks everything a caller can get wrong, before anything is written.
template <EncoderShape S>
void check_sequence(const EncoderInput& input, std::size_t index, std::size_t max_rows)
{
    auto const who = [&] { return "tfm::encode: sequence " + std::to_string(index); };
    require(!input.tokens.empty(), [&] { return who() + " has no tokens"; });
    require(input.tokens.size() <= S.context, [&] {
        return who() + " has " + std::to_string(input.tokens.size()) +
               " tokens; expected at most the context of " + std::to_string(S.context);
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
    check_range(input.tokens, S.vocab, "token id");
    check_range(input.types, S.token_types == 0 ? 1 : S.token_types, "token type");
}

/// Describes the next sequences of the batch, as many as the workspace takes, and returns the
/// number of the first that it does not.
template <EncoderShape S, Precision P>
std::size_t plan_sequences(std::span<const EncoderInput> batch, std::size_t next,
                           EncoderWorkspace<S, P>& workspace)
{
    workspace.places.clear();
    workspace.sequences.clear();
    std::size_t position = 0;
    for (; next < batch.size(); ++next) {
        EncoderInput const& input = batch[next];
        std::size_t const length = input.tokens.size();
        bool const fits = workspace.places.size() + length <= workspace.max_rows() &&
                          position + length <= workspace.cache.positions();
        if (!fits) break;
        workspace.sequences.push_back({&input, workspace.places.size(), position});
        for (std::size_t i = 0; i < length; ++i)
            workspace.places.push_back({&workspace.cache, position + i, input.tokens[i]});
        position += round_up(length, workspace.sequence_alignment);
    }
    return next;
}

/// Runs a batch chunk by chunk; each thread then calls `store(pass, first_row, first_sequence)`,
/// where both count what the chunks before had.
template <EncoderShape S, Precision P, class Store>
void run_encoder(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
                 std::span<const EncoderInput> batch, Store store)
{
    for (std::size_t i = 0; i < batch.size(); ++i)
        check_sequence<S>(batch[i], i, workspace.max_rows());
    std::size_t first_row = 0;
    for (std::size_t next = 0; next < batch.size();) {
        std::size_t const first_sequence = next;
        next = plan_sequences(batch, next, workspace);
        parallel(workspace.threads(), [&](Team team) {
            EncoderPass<S, P> const pass(model, workspace, team);
            pass.run_layers();
            store(pass, first_row, first_sequence);
        });
        first_row += workspace.places.size();
    }
}

inline void require_rows(std::size_t found, std::size_t expected, const char* what)
{
    require(found == expected, [&] {
        return "tfm::encode: the output has " + std::to_string(found) + " rows; the batch has " +
               std::to_string(expected) + " " + what;
    });
}

} // namespace detail

/// The last layer's features of every token.
///
/// Sequences may be of different lengths; they are computed side by side, without padding. The
/// model is only read; a workspace serves one pass at a time.
/// \param out (n, width) for the n tokens of all sequences, one sequence after the other.
/// Throws `tfm::Error` before anything is changed: a sequence without tokens or with too many, a
/// token or type out of range, or a wrong number of rows.
template <EncoderShape S, Precision P>
void encode(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
            std::type_identity_t<std::span<const EncoderInput>> batch,
            std::type_identity_t<View<float, RowMajor<dyn, S.width>>> out)
{
    std::size_t tokens = 0;
    for (EncoderInput const& input : batch) tokens += input.tokens.size();
    detail::require_rows(out.rows(), tokens, "tokens");
    detail::run_encoder(model, workspace, batch,
                        [&](auto const& pass, std::size_t row, std::size_t) {
                            pass.store_rows({out.row(row), {workspace.places.size(), S.width}});
                        });
}

/// The features of every sequence, pooled as the shape says and behind its pooler.
/// \param out (n, width) for n sequences.
/// Throws as `encode` does.
template <EncoderShape S, Precision P>
void encode_pooled(const Encoder<S, P>& model, EncoderWorkspace<S, P>& workspace,
                   std::type_identity_t<std::span<const EncoderInput>> batch,
                   std::type_identity_t<View<float, RowMajor<dyn, S.width>>> out)
{
    detail::require_rows(out.rows(), batch.size(), "sequences");
    detail::run_encoder(
        model, workspace, batch, [&](auto const& pass, std::size_t, std::size_t sequence) {
            pass.store_pooled({out.row(sequence), {workspace.sequences.size(), S.width}});
        });
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
    detail::require_rows(logits.rows(), batch.size(), "sequences");
    detail::run_encoder(
        model, workspace, batch, [&](auto const& pass, std::size_t, std::size_t sequence) {
            pass.classify({logits.row(sequence), {workspace.sequences.size(), S.labels}});
        });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
