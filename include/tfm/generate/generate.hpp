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

inline namespace TFM_ISA_NAMESPACE {

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
    Sampler sampler(options.sampling(), S.vocab);
    Tensor<float, RowMajor<dyn, S.vocab>> logits({1, S.vocab});
    Token token = 0;
    std::span<const Token> next = prompt;
    for (std::size_t made = 0; made < options.max_new_tokens; ++made) {
        if (made > 0 && session.position() == session.max_positions()) {
            return StopReason::context_full;
        }
        Rows<S, P> const rows{&session, next, Logits::last};
        forward(model, workspace, std::span(&rows, 1), logits.view());
        token = sampler.sample({logits.data(), S.vocab});
        if (token == options.end_of_text) return StopReason::end_of_text;
        if (!on_token(std::as_const(token))) return StopReason::stopped;
        next = std::span(&token, 1);
    }
    return StopReason::max_new_tokens;
}

/// The text that follows `prompt`, until the end of text, `max_new_tokens` or the context's end.
/// An empty prompt begins a new text with the tokenizer's end-of-text token.
/// Throws `tfm::Error` when the prompt is longer than the model's context.
template <DecoderShape S, Precision P>
std::string generate(const Decoder<S, P>& model, const BytePairEncoder& tokenizer,
                     std::string_view prompt, GenerateOptions options = {})
{
    if (!options.end_of_text) options.end_of_text = tokenizer.end_of_text();
    std::vector<Token> tokens = tokenizer.encode(prompt);
    if (tokens.empty() && options.end_of_text) tokens.push_back(*options.end_of_text);
    Workspace<S, P> workspace({.threads = options.threads});
    Session<S, P> session;
    std::string text;
    generate(model, workspace, session, tokens, options, [&](Token token) {
        text += tokenizer.token_bytes(token);
        return true;
    });
    return text;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
