#pragma once

/// \file
/// Tokens from a prompt, one by one.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "../nn/forward.hpp"
#include "options.hpp"
#include "sampler.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Takes a token that was generated and returns whether to go on.
using OnGenerated = FunctionRef<bool(const GeneratedToken&)>;

/// One run of generating in one sequence.
template <Precision P>
class Generation {
public:
    Generation(const DecoderModel<P>& model, DecoderPassMemory<P>& memory, Sequence<P.kv>& sequence,
               const GenerateOptions& options)
        : model_(model), memory_(memory), sequence_(sequence), options_(options),
          drawn_(drawn(model.weights.shape.vocab, options)), sampler_(options, drawn_),
          logits_({1, model.weights.shape.vocab})
    {
        require(options.stop_strings.empty(), [] {
            return "tfm::generate: stop_strings: expected none where there is no tokenizer";
        });
    }

    StopReason run(std::span<const Token> prompt, OnGenerated on_token)
    {
        if (options_.max_new_tokens == 0) return StopReason::max_new_tokens;
        begin(prompt);
        if (!read(prompt)) return StopReason::cancelled;
        for (std::size_t made = 0;;) {
            Token const token = sampler_.sample({logits_.data(), drawn_});
            if (options_.ends_text(token)) {
                // The last token handed out is never in the cache, whatever ended the text.
                if (made > 0) sequence_.rewind(sequence_.position() - 1);
                return StopReason::end_of_text;
            }
            if (!on_token(described(token))) return StopReason::stopped;
            if (++made == options_.max_new_tokens) return StopReason::max_new_tokens;
            if (sequence_.position() == sequence_.max_positions()) return StopReason::context_full;
            if (is_late()) return StopReason::max_time;
            if (is_cancelled()) return StopReason::cancelled;
            feed({&token, 1}, Logits::last);
        }
    }

private:
    static std::size_t drawn(std::size_t vocab, const GenerateOptions& options)
    {
        return options.vocab_limit == 0 ? vocab : std::min(vocab, options.vocab_limit);
    }

    /// The whole text is the sampler's prompt: what the sequence has read, too.
    void begin(std::span<const Token> prompt)
    {
        auto const before = sequence_.tokens();
        std::vector<Token> text(before.begin(), before.end());
        text.insert(text.end(), prompt.begin(), prompt.end());
        std::size_t const room = sequence_.max_positions() - before.size();
        sampler_.begin(text, std::min(options_.max_new_tokens, room + 1));
    }

    /// Feeds the prompt, in parts between which somebody may cancel: the sequence is then what it
    /// was. Checks all of it first.
    bool read(std::span<const Token> prompt)
    {
        std::size_t const part = memory_.chunk.max_rows();
        std::size_t const start = sequence_.position();
        memory_.batch.assign(1, {&sequence_, prompt, Logits::last});
        check_batch<P>(model_.weights, memory_);
        for (; !is_cancelled(); prompt = prompt.subspan(part)) {
            if (prompt.size() <= part) {
                feed(prompt, Logits::last);
                return true;
            }
            feed(prompt.first(part), Logits::none);
        }
        sequence_.rewind(start);
        return false;
    }

    void feed(std::span<const Token> tokens, Logits wanted)
    {
        memory_.batch.assign(1, {&sequence_, tokens, wanted});
        std::size_t const rows = wanted == Logits::none ? 0 : 1;
        forward_to_buffer(model_, memory_, {logits_.data(), {rows, logits_.cols()}});
    }

    GeneratedToken described(Token token) const
    {
        if (!options_.logprobs) return {token};
        LogProbs const& known = sampler_.log_probs();
        return {token, known.log_prob(), known.likeliest()};
    }

    bool is_late() const
    {
        std::chrono::duration<double> const passed = std::chrono::steady_clock::now() - start_;
        return options_.max_time > 0.0 && passed.count() >= options_.max_time;
    }

    bool is_cancelled() const noexcept
    {
        return options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed);
    }

    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    const DecoderModel<P>& model_;
    DecoderPassMemory<P>& memory_;
    Sequence<P.kv>& sequence_;
    const GenerateOptions& options_;
    std::size_t drawn_; ///< tokens that can be drawn
    Sampler sampler_;
    Tensor<float, RowMajor<>> logits_;
};

/// `generate` for a model of any sizes.
template <Precision P>
StopReason generate(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                    Sequence<P.kv>& sequence, std::span<const Token> prompt,
                    const GenerateOptions& options, OnGenerated on_token)
{
    return Generation<P>(model, memory, sequence, options).run(prompt, on_token);
}

/// `continue_text` for a model of any sizes.
template <Precision P>
StopReason continue_text(const DecoderModel<P>& model, DecoderPassMemory<P>& memory,
                         Sequence<P.kv>& sequence, std::vector<Token>& text,
                         const GenerateOptions& options, OnGenerated on_token)
{
    auto const read = sequence.tokens();
    auto const last = text.empty() ? text.end() : text.end() - 1; // its logits are needed
    auto const common = std::mismatch(text.begin(), last, read.begin(), read.end()).first;
    sequence.rewind(static_cast<std::size_t>(common - text.begin()));
    std::vector<Token> const rest(common, text.end());
    text.reserve(text.size() + std::min(options.max_new_tokens, sequence.max_positions() + 1));
    auto const append = [&](const GeneratedToken& token) {
        text.push_back(token.id);
        return on_token(token);
    };
    return generate<P>(model, memory, sequence, rest, options, append);
}

} // namespace detail

/// Feeds `prompt` to the session, behind what it has read, and hands each new token to
/// `on_token(const GeneratedToken&)`, or `on_token(Token)`, which returns whether to go on. After
/// the first token nothing is allocated. Penalties look at all that the session has read, and count
/// as generated what this call makes.
///
/// The last token handed out is never in the session's cache, whatever ended the text: begin the
/// next prompt with it to go on, or let `continue_text` do that. Throws `tfm::Error` when the
/// prompt is empty, does not fit, or has a token out of range, for stop strings, and what `Sampler`
/// throws. Cancelled before the first token, the session is what it was.
template <DecoderShape S, Precision P, class OnToken>
StopReason generate(const Decoder<S, P>& model, Workspace<S, P>& workspace, Session<S, P>& session,
                    std::span<const Token> prompt, const GenerateOptions& options,
                    OnToken&& on_token)
{
    return detail::generate<P>(model.model(), workspace.memory(), session.sequence(), prompt,
                               options, on_token);
}

/// Continues a text, in a session that may have read a beginning of it, another text or nothing:
/// what both have in common is not read again. Appends the new tokens to `text`, each before it is
/// handed to `on_token`; otherwise as `generate`, and like it the session goes on with the same
/// text. A conversation is one such text: append to it and call this again.
template <DecoderShape S, Precision P, class OnToken>
StopReason continue_text(const Decoder<S, P>& model, Workspace<S, P>& workspace,
                         Session<S, P>& session, std::vector<Token>& text,
                         const GenerateOptions& options, OnToken&& on_token)
{
    return detail::continue_text<P>(model.model(), workspace.memory(), session.sequence(), text,
                                    options, on_token);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
