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

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The text that a model of any sizes continues `prompt` with.
template <Precision P>
std::string generate_text(const DecoderModel<P>& model, const Tokenizer& tokenizer,
                          std::string_view prompt, GenerateOptions options)
{
    auto const end_of_text = tokenizer.end_of_text();
    if (options.end_of_text.empty() && end_of_text) options.end_of_text = {*end_of_text};
    if (options.vocab_limit == 0) options.limit_vocab(tokenizer.vocab_size());
    std::vector<Token> tokens = tokenizer.encode(prompt);
    auto const begin = tokenizer.begin_of_text() ? tokenizer.begin_of_text() : end_of_text;
    if (tokens.empty() && begin) tokens.push_back(*begin);
    DecoderShape const& shape = model.weights.shape;
    DecoderPassMemory<P> memory(shape, {.threads = options.threads});
    // The last token is handed out and not fed, so it needs no position.
    std::size_t const room = shape.context - std::min(shape.context, tokens.size());
    std::size_t const positions = tokens.size() + std::min(room, options.max_new_tokens);
    Sequence<P.kv> sequence(nn_detail::cache_shape(shape),
                            std::clamp<std::size_t>(positions, 1, shape.context), shape.context);
    // The prompt's tokens, too: what a token is as text depends on those before it.
    DecodeStream stream(tokenizer, {.skip_special_tokens = true});
    for (Token const token : tokens) static_cast<void>(stream.step(token));
    std::string text;
    auto const on_token = [&](Token token) {
        text += stream.step(token);
        return true;
    };
    generate(model, memory, sequence, tokens, options, on_token);
    return text + stream.finish();
}

} // namespace detail

/// The text that follows `prompt`, until the end of text, `max_new_tokens` or the context's end.
/// An empty prompt begins a new text with the tokenizer's token that begins or else ends texts.
/// Throws `tfm::Error` when the prompt is longer than the model's context.
template <DecoderShape S, Precision P>
std::string generate(const Decoder<S, P>& model, const Tokenizer& tokenizer,
                     std::string_view prompt, GenerateOptions options = {})
{
    return detail::generate_text(model.model(), tokenizer, prompt, std::move(options));
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
