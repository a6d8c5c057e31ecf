#pragma once

/// \file
/// Text that continues a text.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../text/tokenizer.hpp"
#include "generate_tokens.hpp"
#include "stop_strings.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// What ends a text and which ids there are, by the tokenizer where the options do not say.
inline void complete_options(GenerateOptions& options, const Tokenizer& tokenizer)
{
    auto const end = tokenizer.end_of_text();
    if (options.end_of_text.empty() && end) options.end_of_text = {*end};
    if (options.vocab_limit == 0) options.limit_vocab(tokenizer.vocab_size());
}

/// `continue_text` with a tokenizer for a model of any sizes.
template <Precision P>
StopReason continue_text(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                         Sequence<P.kv>& sequence, const Tokenizer& tokenizer,
                         std::vector<Token>& text, GenerateOptions options,
                         FunctionRef<bool(std::string_view)> on_text)
{
    complete_options(options, tokenizer);
    StopStrings stops(std::exchange(options.stop_strings, {}));
    // The text so far, too: what a token is as text depends on those before it.
    DecodeStream stream(tokenizer, {.skip_special_tokens = true});
    for (Token const token : text) static_cast<void>(stream.step(token));
    auto const hand_out = [&](const std::string& piece) { return piece.empty() || on_text(piece); };
    auto const on_token = [&](const GeneratedToken& token) {
        return hand_out(stops.push(stream.step(token.id))) && !stops.is_found();
    };
    StopReason const reason =
        continue_text<P>(model, memory, sequence, text, options, OnGenerated(on_token));
    if (reason != StopReason::stopped) {
        std::string const last = stops.push(stream.finish());
        hand_out(last + stops.finish());
    }
    return stops.is_found() ? StopReason::stop_string : reason;
}

/// The text that a model of any sizes continues `prompt` with.
template <Precision P>
std::string generate_text(const DecoderModel<P>& model, const Tokenizer& tokenizer,
                          std::string_view prompt, const GenerateOptions& options)
{
    std::vector<Token> tokens = tokenizer.encode(prompt);
    auto const begin =
        tokenizer.begin_of_text() ? tokenizer.begin_of_text() : tokenizer.end_of_text();
    if (tokens.empty() && begin) tokens.push_back(*begin);
    DecoderShape const& shape = model.weights.shape;
    DecoderPassMemory<P> memory(shape, {.threads = options.threads});
    // The last token is handed out and not fed, so it needs no position.
    std::size_t const room = shape.context - std::min(shape.context, tokens.size());
    std::size_t const positions = tokens.size() + std::min(room, options.max_new_tokens);
    Sequence<P.kv> sequence(nn_detail::cache_shape(shape),
                            std::clamp<std::size_t>(positions, 1, shape.context), shape.context);
    std::string text;
    auto const on_text = [&](std::string_view piece) {
        text += piece;
        return true;
    };
    continue_text<P>(model, memory, sequence, tokenizer, tokens, options, on_text);
    return text;
}

} // namespace detail

/// The text that follows `prompt`, until the end of text, a stop string, `max_new_tokens` or the
/// context's end.
/// An empty prompt begins a new text with the tokenizer's token that begins or else ends texts.
/// Throws `tfm::Error` when the prompt is longer than the model's context.
template <DecoderShape S, Precision P>
std::string generate(const Decoder<S, P>& model, const Tokenizer& tokenizer,
                     std::string_view prompt, const GenerateOptions& options = {})
{
    return detail::generate_text(model.model(), tokenizer, prompt, options);
}

/// `continue_text` that hands out text: `on_text(std::string_view)` gets what is certain, in whole
/// characters, special tokens and stop strings left out, and returns whether to go on. What ends a
/// text and which ids there are is the tokenizer's to say, where the options do not.
template <DecoderShape S, Precision P, class OnText>
StopReason continue_text(const Decoder<S, P>& model, Workspace<S, P>& workspace,
                         Session<S, P>& session, const Tokenizer& tokenizer,
                         std::vector<Token>& text, const GenerateOptions& options, OnText&& on_text)
{
    return detail::continue_text<P>(model.model(), workspace.memory(), session.sequence(),
                                    tokenizer, text, options, on_text);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
