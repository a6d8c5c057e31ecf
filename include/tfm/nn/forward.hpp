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
#include "../function_ref.hpp"
#include "forward_pass.hpp"

#include "../hide_macros.hpp"

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

    [[noreturn]] void moved_from() const { say(": the session was moved from"); }

    [[noreturn]] void other_model() const
    {
        say(": the session was made for a model of other sizes; make one for this model: "
            "Session(model, max_positions)");
    }

    [[noreturn]] void longer_than_context(std::size_t positions, std::size_t context) const
    {
        say(": the session has " + std::to_string(positions) +
            " positions; the model's context has " + std::to_string(context));
    }

    [[noreturn]] void out_of_range(Token token, std::size_t vocab) const
    {
        say(": token id " + std::to_string(token) + " is out of range; expected 0 to " +
            std::to_string(vocab - 1));
    }
};

/// Checks everything a caller can get wrong, before anything is written.
template <Precision P>
void check_batch(const DecoderWeights<P.weights>& weights, const DecoderPassMemory<P>& memory)
{
    DecoderShape const& shape = weights.shape;
    require(weights.blocks.size() == shape.layers,
            [] { return "tfm::forward: the model was moved from"; });
    nn_detail::require_filled("tfm::forward", weights.is_filled);
    require(memory.vocab == shape.vocab && memory.chunk.fits(weights.block_shape), [] {
        return "tfm::forward: the workspace was made for a model of other sizes; make one for this "
               "model: Workspace(model, options)";
    });
    CacheShape const cached = nn_detail::cache_shape(shape);
    std::span const batch(memory.batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        SequenceRows<P.kv> const& rows = batch[i];
        WrongRows const wrong{i};
        if (rows.sequence == nullptr) wrong.say(" have no session");
        if (rows.tokens.empty()) wrong.say(" have no tokens");
        for (std::size_t j = 0; j < i; ++j) {
            if (batch[j].sequence == rows.sequence) wrong.same_session(j);
        }
        if (rows.sequence->is_moved_from()) wrong.moved_from();
        if (!(rows.sequence->cache().shape() == cached)) wrong.other_model();
        std::size_t const used = rows.sequence->position();
        std::size_t const positions = rows.sequence->max_positions();
        if (rows.tokens.size() > positions - used)
            wrong.too_many(rows.tokens.size(), used, positions);
        if (positions > shape.context) wrong.longer_than_context(positions, shape.context);
        for (Token const token : rows.tokens) {
            if (token < 0 || static_cast<std::size_t>(token) >= shape.vocab)
                wrong.out_of_range(token, shape.vocab);
        }
    }
}

template <Dtype D>
std::size_t count_logit_rows(std::span<const SequenceRows<D>> batch) noexcept
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

/// Describes the next chunk of the batch in the memory and moves past it.
template <Precision P>
void plan_chunk(BatchPosition& next, DecoderPassMemory<P>& memory)
{
    Chunk<P>& chunk = memory.chunk;
    chunk.places.clear();
    chunk.segments.clear();
    memory.logit_rows.clear();
    while (next.rows < memory.batch.size() && chunk.places.size() < chunk.max_rows()) {
        SequenceRows<P.kv> const& rows = memory.batch[next.rows];
        std::size_t const first_row = chunk.places.size();
        std::size_t const count =
            std::min(rows.tokens.size() - next.token, chunk.max_rows() - first_row);
        KvCache<P.kv>* const cache = &rows.sequence->cache();
        std::size_t const first_position = rows.sequence->position() + next.token;
        chunk.segments.push_back({cache, first_row, count, first_position});
        for (std::size_t i = 0; i < count; ++i) {
            chunk.places.push_back({cache, first_position + i, rows.tokens[next.token + i]});
            bool const is_last = next.token + i + 1 == rows.tokens.size();
            if (rows.logits == Logits::all || (rows.logits == Logits::last && is_last)) {
                memory.logit_rows.push_back(first_row + i);
            }
        }
        next.token += count;
        if (next.token == rows.tokens.size()) next = {next.rows + 1, 0};
    }
}

/// Runs the planned chunk (`layers`, once) and the head for its wanted rows from `first` on.
template <Precision P>
void run_chunk(const DecoderModel<P>& model, DecoderPassMemory<P>& memory, bool layers,
               std::size_t first, View<float, RowMajor<>> logits) noexcept
{
    parallel(memory.chunk.threads(), [&](Team team) {
        ForwardPass<P> const pass(model, memory, team);
        if (layers) pass.run_layers();
        if (logits.rows() == 0) return;
        if (layers) pass.gather_head_inputs();
        pass.run_head(first, logits);
    });
}

/// Where logits go: up to `group` rows at a time, from number `first` of those asked for, are
/// written to `buffer(first)` and then announced by `finished(first, logits)`.
struct LogitSink {
    std::size_t group;
    FunctionRef<float*(std::size_t first)> buffer;
    FunctionRef<void(std::size_t first, View<const float, RowMajor<>> logits)> finished;
};

/// Runs the checked batch of the memory.
template <Precision P>
void run_batch(const DecoderModel<P>& model, DecoderPassMemory<P>& memory, const LogitSink& sink)
{
    std::size_t done = 0;
    for (BatchPosition next; next.rows < memory.batch.size();) {
        plan_chunk(next, memory);
        std::size_t const wanted = memory.logit_rows.size();
        std::size_t first = 0;
        do {
            std::size_t const count = std::min(sink.group, wanted - first);
            View<float, RowMajor<>> const logits(sink.buffer(done + first), {count, memory.vocab});
            run_chunk(model, memory, first == 0, first, logits);
            if (count > 0 && sink.finished) sink.finished(done + first, logits);
            first += count;
        } while (first < wanted);
        done += wanted;
    }
    for (auto const& rows : memory.batch) rows.sequence->advance(rows.tokens);
}

/// Appends the batch of the memory and writes all logits asked for.
template <Precision P>
void forward_to_buffer(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                       View<float, RowMajor<>> logits)
{
    check_batch<P>(model.weights, memory);
    std::size_t const wanted = count_logit_rows<P.kv>(memory.batch);
    require(logits.rows() == wanted && logits.cols() == memory.vocab, [&] {
        return "tfm::forward: the output has " + std::to_string(logits.rows()) +
               " rows of logits; the batch asks for " + std::to_string(wanted) + " of " +
               std::to_string(memory.vocab);
    });
    auto const buffer = [&](std::size_t first) { return logits.row(first); };
    run_batch(model, memory, {std::max<std::size_t>(wanted, 1), buffer, {}});
}

/// Appends the batch of the memory and hands the logits asked for to `finished`.
template <Precision P>
void forward_to_callback(
    const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
    FunctionRef<void(std::size_t first, View<const float, RowMajor<>> logits)> finished)
{
    check_batch<P>(model.weights, memory);
    auto const buffer = [&](std::size_t) { return memory.logits.data(); };
    run_batch(model, memory, {memory.logits.rows(), buffer, finished});
}

} // namespace detail

/// Appends each rows' tokens to its session and computes the logits asked for.
///
/// One pass takes any mixture: a prompt is many rows of one session, a decoding step one row of
/// each. The model is only read; a session or a workspace serves one pass at a time.
/// \param logits (n, vocab) for the n rows asked for, in the batch's order.
/// Throws `tfm::Error` before anything is changed: a token out of range, more tokens than a session
/// has room for, a session twice in the batch, a session or workspace for a model of other sizes,
/// or a wrong number of logit rows.
template <DecoderShape S, Precision P>
void forward(const Decoder<S, P>& model, Workspace<S, P>& workspace,
             std::type_identity_t<std::span<const Rows<S, P>>> batch,
             std::type_identity_t<View<float, RowMajor<dyn, S.vocab>>> logits)
{
    workspace.set_batch(batch);
    detail::forward_to_buffer(model.model(), workspace.memory(),
                              {logits.data(), {logits.rows(), logits.cols()}});
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
    workspace.set_batch(batch);
    auto const finished = [&](std::size_t first, View<const float, RowMajor<>> logits) {
        on_logits(first, View<const float, RowMajor<dyn, S.vocab>>(logits.data(),
                                                                   {logits.rows(), logits.cols()}));
    };
    detail::forward_to_callback(model.model(), workspace.memory(), finished);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
