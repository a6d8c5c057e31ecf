#include "workloads.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "../opened_model.hpp"
#include "../report.hpp"
#include "../session_group.hpp"

namespace tfm_program {

namespace {

/// Decoding steps of one run, whose mean is reported.
constexpr std::size_t steps_per_run = 8;

Workload prompt(const ModelKind& kind, std::size_t count)
{
    auto const prepare = [tokens = some_tokens(count, kind.shape.vocab)](
                             const tfm::any::Decoder& model, std::size_t threads) {
        auto const batch = std::make_shared<SessionGroup>(
            model, GroupOptions{.sessions = 1, .positions = tokens.size(), .threads = threads});
        return [batch, tokens] {
            batch->rewind(0);
            Stopwatch const stopwatch;
            batch->forward(tokens, tfm::Logits::last);
            return stopwatch.seconds();
        };
    };
    return {.name = "prompt/tokens:" + std::to_string(count),
            .unit = "ms",
            .positions = count,
            .tokens = count,
            .cost = cost_of_pass(kind, 1, 0, count),
            .prepare = prepare};
}

/// Steps of so many sessions that each have `context` tokens already.
Workload steps(const ModelKind& kind, std::string name, std::size_t sessions, std::size_t context)
{
    std::size_t const positions = context + steps_per_run;
    auto const prepare = [=, tokens = some_tokens(positions, kind.shape.vocab)](
                             const tfm::any::Decoder& model, std::size_t threads) {
        auto const batch = std::make_shared<SessionGroup>(
            model, GroupOptions{.sessions = sessions, .positions = positions, .threads = threads});
        auto const all = std::span(tokens);
        if (context > 0) batch->forward(all.first(context), tfm::Logits::none);
        return [=] {
            batch->rewind(context);
            Stopwatch const stopwatch;
            for (std::size_t i = context; i < positions; ++i)
                batch->forward({&tokens[i], 1}, tfm::Logits::last);
            return stopwatch.seconds() / static_cast<double>(steps_per_run);
        };
    };
    return {.name = std::move(name),
            .unit = "ms",
            .positions = positions,
            .tokens = sessions,
            .cost = cost_of_decoding(kind, sessions, context, steps_per_run) / steps_per_run,
            .prepare = prepare};
}

Workload decode(const ModelKind& kind, std::size_t context)
{
    return steps(kind, "decode/context:" + std::to_string(context), 1, context);
}

Workload batch(const ModelKind& kind, std::size_t sessions, std::size_t context)
{
    return steps(
        kind, "batch/sessions:" + std::to_string(sessions) + "/context:" + std::to_string(context),
        sessions, context);
}

/// More tokens of many sessions that each have a past.
Workload extension(const ModelKind& kind, std::size_t sessions, std::size_t past, std::size_t count,
                   tfm::Logits which)
{
    std::size_t const positions = past + count;
    bool const all = which == tfm::Logits::all;
    auto const prepare = [=, tokens = some_tokens(positions, kind.shape.vocab)](
                             const tfm::any::Decoder& model, std::size_t threads) {
        auto const batch = std::make_shared<SessionGroup>(
            model, GroupOptions{.sessions = sessions, .positions = positions, .threads = threads});
        batch->forward(std::span(tokens).first(past), tfm::Logits::none);
        return [=] {
            batch->rewind(past);
            Stopwatch const stopwatch;
            batch->forward(std::span(tokens).subspan(past), which);
            return stopwatch.seconds();
        };
    };
    return {.name = "extend/sessions:" + std::to_string(sessions) +
                    "/past:" + std::to_string(past) + "/tokens:" + std::to_string(count) +
                    (all ? "/logits:all" : "/logits:last"),
            .unit = "s",
            .positions = positions,
            .tokens = sessions * count,
            .cost = cost_of_pass(kind, sessions, past, count, all ? count : 1),
            .prepare = prepare,
            .on_request = true};
}

Workload generation(const ModelKind& kind, std::size_t prompt, std::size_t count)
{
    auto const prepare = [count, tokens = some_tokens(prompt, kind.shape.vocab)](
                             const tfm::any::Decoder& model, std::size_t threads) {
        tfm::GenerateOptions const options{
            .max_new_tokens = count, .temperature = 0, .threads = threads};
        return [=, &model] {
            Stopwatch const stopwatch;
            auto const generator = make_generator(model, tokens.size(), options);
            generator->generate(0, tokens, options, [](tfm::Token) { return true; });
            return stopwatch.seconds();
        };
    };
    // The prompt's pass makes the first token, and the last token is not fed.
    return {.name =
                "generate/prompt:" + std::to_string(prompt) + "/tokens:" + std::to_string(count),
            .unit = "s",
            .positions = prompt + count - 1,
            .tokens = count,
            .cost = cost_of_pass(kind, 1, 0, prompt) + cost_of_decoding(kind, 1, prompt, count - 1),
            .prepare = prepare};
}

} // namespace

std::vector<Workload> model_workloads(const ModelKind& model)
{
    std::size_t const half = std::min<std::size_t>(512, model.shape.context / 2);
    return {prompt(model, 128),
            prompt(model, 512),
            decode(model, 0),
            decode(model, 256),
            decode(model, 768),
            batch(model, 1, 256),
            batch(model, 4, 256),
            batch(model, 8, 256),
            batch(model, 16, 256),
            generation(model, 8, 256),
            extension(model, 16, half, half, tfm::Logits::last),
            extension(model, 16, half, half, tfm::Logits::all)};
}

std::vector<std::int32_t> some_tokens(std::size_t count, std::size_t vocab)
{
    constexpr std::size_t prime = 7919;
    std::vector<std::int32_t> tokens(count);
    for (std::size_t i = 0; i < count; ++i)
        tokens[i] = static_cast<std::int32_t>(i * prime % vocab);
    return tokens;
}

} // namespace tfm_program
