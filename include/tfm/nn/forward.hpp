#pragma once

/// \file
/// `forward`: the one forward pass, for prompts, decoding steps and batches of any mixture of them.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "forward_pass.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// What is wrong with the rows of a given number in the batch. Nothing here depends on the shape: a
/// program of many shapes has the messages once.
struct WrongRows {
    std::size_t number;

    [[noreturn]] void say(const std::string& what) const
    {
        fail("tfm::forward: rows " + std::to_string(number) + what);
    }

    [[noreturn]] void same_session(std::size_t other) const
    {
        say(" and rows " + std::to_string(other) +
            " have the same session; a pass takes each session once");
    }

    [[noreturn]] void too_many(std::size_t tokens, std::size_t used, std::size_t positions) const
    {
        say(": " + std::to_string(tokens) + " tokens do not fit; the session has " +
            std::to_string(used) + " of its " + std::to_string(positions) + " positions in use");
    }

    [[noreturn]] void out_of_range(Token token, std::size_t vocab) const
    {
        say(": token id " + std::to_string(token) + " is out of range; expected 0 to " +
            std::to_string(vocab - 1));
    }
};

/// Checks everything a caller can get wrong, before anything is written.
template <DecoderShape S, Precision P>
void check_rows(std::span<const Rows<S, P>> batch)
{
    for (std::size_t i = 0; i < batch.size(); ++i) {
        Rows<S, P> const& rows = batch[i];
        WrongRows const wrong{i};
        if (rows.session == nullptr) wrong.say(" have no session");
        if (rows.tokens.empty()) wrong.say(" have no tokens");
        for (std::size_t j = 0; j < i; ++j) {
            if (batch[j].session == rows.session) wrong.same_session(j);
        }
        std::size_t const used = rows.session->position();
        std::size_t const positions = rows.session->max_positions();
        if (rows.tokens.size() > positions - used)
            wrong.too_many(rows.tokens.size(), used, positions);
        for (Token const token : rows.tokens) {
            if (token < 0 || static_cast<std::size_t>(token) >= S.vocab)
                wrong.out_of_range(token, S.vocab);
        }
    }
}

template <DecoderShape S, Precision P>
std::size_t count_logit_rows(std::span<const Rows<S, P>> batch) noexcept
{
    std::size_t count = 0;
    for (auto const& rows : batch) count += rows.logit_rows();
    return count;
}

/// Where a pass stands in a batch: the next token to take.
struct BatchPosition {
    std::size_t rows = 0;
    std::size_t token = 0;
};

/// Describes the next chunk of the batch in the workspace and moves past it.
template <DecoderShape S, Precision P>
void plan_chunk(std::span<const Rows<S, P>> batch, BatchPosition& next, Workspace<S, P>& workspace)
{
    workspace.places.clear();
    workspace.segments.clear();
    workspace.logit_rows.clear();
    while (next.rows < batch.size() && workspace.places.size() < workspace.max_rows()) {
        Rows<S, P> const& rows = batch[next.rows];
        std::size_t const first_row = workspace.places.size();
        std::size_t const count =
            std::min(rows.tokens.size() - next.token, workspace.max_rows() - first_row);
        KvCache<S, P>* const cache = &rows.session->cache();
        std::size_t const first_position = rows.session->position() + next.token;
        workspace.segments.push_back({cache, first_row, count, first_position});
        for (std::size_t i = 0; i < count; ++i) {
            workspace.places.push_back({cache, first_position + i, rows.tokens[next.token + i]});
            bool const is_last = next.token + i + 1 == rows.tokens.size();
            if (rows.logits == Logits::all || (rows.logits == Logits::last && is_last)) {
                workspace.logit_rows.push_back(first_row + i);
            }
        }
        next.token += count;
        if (next.token == rows.tokens.size()) next = {next.rows + 1, 0};
    }
}

/// Runs the planned chunk (`layers`, once) and the head for its wanted rows from `first` on.
template <DecoderShape S, Precision P>
void run_chunk(const Decoder<S, P>& model, Workspace<S, P>& workspace, bool layers,
               std::size_t first, View<float, RowMajor<dyn, S.vocab>> logits) noexcept
{
    parallel(workspace.threads(), [&](Team team) {
        ForwardPass<S, P> const pass(model, workspace, team);
        if (layers) pass.run_layers();
        if (logits.rows() == 0) return;
        if (layers) pass.gather_head_inputs();
        pass.run_head(first, logits);
    });
}

/// Runs a checked batch. The logits of up to `group` rows at a time are written to
/// `buffer(first)` and then announced by `finished(first, logits)`, where `first` counts the rows
/// asked for.
template <DecoderShape S, Precision P, class Buffer, class Finished>
void run_batch(const Decoder<S, P>& model, Workspace<S, P>& workspace,
               std::span<const Rows<S, P>> batch, std::size_t group, Buffer buffer,
               Finished finished)
{
    using LogitsView = View<float, RowMajor<dyn, S.vocab>>;
    std::size_t done = 0;
    for (BatchPosition next; next.rows < batch.size();) {
        plan_chunk<S, P>(batch, next, workspace);
        std::size_t const wanted = workspace.logit_rows.size();
        std::size_t first = 0;
        do {
            std::size_t const count = std::min(group, wanted - first);
            LogitsView const logits(buffer(done + first), {count, S.vocab});
            run_chunk(model, workspace, first == 0, first, logits);
            if (count > 0) finished(done + first, logits);
            first += count;
        } while (first < wanted);
        done += wanted;
    }
    for (auto const& rows : batch) rows.session->advance(rows.tokens.size());
}

} // namespace detail

/// Appends each rows' tokens to its session and computes the logits asked for.
///
/// One pass takes any mixture: a prompt is many rows of one session, a decoding step one row of
/// each. The model is only read; a session or a workspace serves one pass at a time.
/// \param logits (n, vocab) for the n rows asked for, in the batch's order.
/// Throws `tfm::Error` before anything is changed: a token out of range, more tokens than a session
/// has room for, a session twice in the batch, or a wrong number of logit rows.
template <DecoderShape S, Precision P>
void forward(const Decoder<S, P>& model, Workspace<S, P>& workspace,
             std::type_identity_t<std::span<const Rows<S, P>>> batch,
             std::type_identity_t<View<float, RowMajor<dyn, S.vocab>>> logits)
{
    detail::check_rows<S, P>(batch);
    std::size_t const wanted = detail::count_logit_rows<S, P>(batch);
    require(logits.rows() == wanted, [&] {
        return "tfm::forward: the output has " + std::to_string(logits.rows()) +
               " rows of logits; the batch asks for " + std::to_string(wanted);
    });
    detail::run_batch(
        model, workspace, batch, std::max<std::size_t>(wanted, 1),
        [&](std::size_t first) { return logits.data() + first * S.vocab; },
        [](std::size_t, View<const float, RowMajor<dyn, S.vocab>>) {});
}

/// The same with logits handed out as they are made, for texts whose logits are too many to hold:
/// `on_logits(first, View<const float, RowMajor<dyn, vocab>>)` gets the rows asked for from number
/// `first` on, at most `WorkspaceOptions::logit_rows` at a time, valid during the call. If it
/// throws, the sessions stay where they were before the pass.
template <DecoderShape S, Precision P, class OnLogits>
requires std::invocable<OnLogits&, std::size_t, View<const float, RowMajor<dyn, S.vocab>>>
void forward(const Decoder<S, P>& model, Workspace<S, P>& workspace,
             std::type_identity_t<std::span<const Rows<S, P>>> batch, OnLogits&& on_logits)
{
    detail::check_rows<S, P>(batch);
    detail::run_batch(
        model, workspace, batch, workspace.logits.rows(),
        [&](std::size_t) { return workspace.logits.data(); },
        [&](std::size_t first, View<const float, RowMajor<dyn, S.vocab>> logits) {
            on_logits(first, logits);
        });
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
