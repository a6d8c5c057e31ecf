#pragma once

/// \file
/// Tokens from a prompt, one by one.

#include <algorithm>
#include <cstddef>
#include <span>

#include "../nn/forward.hpp"
#include "options.hpp"
#include "sampler.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// `generate` for a model of any sizes.
template <Precision P>
StopReason generate(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                    Sequence<P.kv>& sequence, std::span<const Token> prompt,
                    const GenerateOptions& options, FunctionRef<bool(Token)> on_token)
{
    std::size_t const vocab = model.weights.shape.vocab;
    std::size_t const drawn =
        options.vocab_limit == 0 ? vocab : std::min(vocab, options.vocab_limit);
    Sampler sampler(options.sampling(), drawn);
    Tensor<float, RowMajor<>> logits({1, vocab});
    Token token = 0;
    std::span<const Token> next = prompt;
    for (std::size_t made = 0; made < options.max_new_tokens; ++made) {
        if (made > 0 && sequence.position() == sequence.max_positions()) {
            return StopReason::context_full;
        }
        memory.batch.assign(1, {&sequence, next, Logits::last});
        forward_to_buffer(model, memory, logits.view());
        token = sampler.sample({logits.data(), drawn});
        auto const& ends = options.end_of_text;
        if (std::find(ends.begin(), ends.end(), token) != ends.end())
            return StopReason::end_of_text;
        if (!on_token(token)) return StopReason::stopped;
        next = std::span(&token, 1);
    }
    return StopReason::max_new_tokens;
}

} // namespace detail

/// Feeds `prompt` to the session and hands each new token to `on_token(Token)`, which returns
/// whether to go on. After the first token nothing is allocated.
///
/// The last token handed out is not in the session's cache yet: begin the next prompt with it to go
/// on. Throws `tfm::Error` when the prompt is empty, does not fit, or has a token out of range.
template <DecoderShape S, Precision P, class OnToken>
StopReason generate(const Decoder<S, P>& model, Workspace<S, P>& workspace, Session<S, P>& session,
                    std::span<const Token> prompt, const GenerateOptions& options,
                    OnToken&& on_token)
{
    return detail::generate<P>(model.model(), workspace.memory(), session.sequence(), prompt,
                               options, on_token);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
