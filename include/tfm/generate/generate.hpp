#pragma once

/// \file
/// Text from a prompt, token by token.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../nn/forward.hpp"
#include "../text/byte_pair_encoder.hpp"
#include "sampler.hpp"

namespace tfm {

/// Why generating ended.
enum class StopReason {
    end_of_text,    ///< the model drew its end-of-text token
    max_new_tokens, ///< as many tokens as asked for
    context_full,   ///< the session has no position left
    stopped,        ///< the caller's callback said so
};

/// What `generate` does.
struct GenerateOptions {
    std::size_t max_new_tokens = 256;      ///< stops after so many
    float temperature = 1.0F;              ///< see `SamplingOptions`
    std::size_t top_k = 0;                 ///< see `SamplingOptions`
    float top_p = 1.0F;                    ///< see `SamplingOptions`
    std::uint64_t seed = 0;                ///< see `SamplingOptions`
    std::optional<Token> end_of_text = {}; ///< stops before this token is handed out
    std::size_t threads = 0;               ///< where `generate` makes the workspace itself

    /// The part that a `Sampler` takes.
    SamplingOptions sampling() const noexcept { return {temperature, top_k, top_p, seed}; }
};

inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// `generate` for a model of any sizes.
template <Precision P>
StopReason generate(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                    Sequence<P.kv>& sequence, std::span<const Token> prompt,
                    const GenerateOptions& options, FunctionRef<bool(Token)> on_token)
{
    std::size_t const vocab = model.weights.shape.vocab;
    Sampler sampler(options.sampling(), vocab);
    Tensor<float, RowMajor<>> logits({1, vocab});
    Token token = 0;
    std::span<const Token> next = prompt;
    for (std::size_t made = 0; made < options.max_new_tokens; ++made) {
        if (made > 0 && sequence.position() == sequence.max_positions()) {
            return StopReason::context_full;
        }
        memory.batch.assign(1, {&sequence, next, Logits::last});
        forward_to_buffer(model, memory, logits.view());
        token = sampler.sample({logits.data(), vocab});
        if (token == options.end_of_text) return StopReason::end_of_text;
        if (!on_token(token)) return StopReason::stopped;
        next = std::span(&token, 1);
    }
    return StopReason::max_new_tokens;
}

/// The text that a model of any sizes continues `prompt` with.
template <Precision P>
std::string generate_text(const DecoderModel<P>& model, const BytePairEncoder& tokenizer,
                          std::string_view prompt, GenerateOptions options)
{
    if (!options.end_of_text) options.end_of_text = tokenizer.end_of_text();
    std::vector<Token> tokens = tokenizer.encode(prompt);
    if (tokens.empty() && options.end_of_text) tokens.push_back(*options.end_of_text);
    DecoderShape const& shape = model.weights.shape;
    DecoderPassMemory<P> memory(shape, {.threads = options.threads});
    Sequence<P.kv> sequence(nn_detail::cache_shape(model.weights.block_shape, shape.layers),
                            shape.context, shape.context);
    std::string text;
    auto const on_token = [&](Token token) {
        text += tokenizer.token_bytes(token);
        return true;
    };
    generate(model, memory, sequence, tokens, options, on_token);
    return text;
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

/// The text that follows `prompt`, until the end of text, `max_new_tokens` or the context's end.
/// An empty prompt begins a new text with the tokenizer's end-of-text token.
/// Throws `tfm::Error` when the prompt is longer than the model's context.
template <DecoderShape S, Precision P>
std::string generate(const Decoder<S, P>& model, const BytePairEncoder& tokenizer,
                     std::string_view prompt, GenerateOptions options = {})
{
    return detail::generate_text(model.model(), tokenizer, prompt, std::move(options));
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
