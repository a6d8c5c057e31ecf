#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "../commands.hpp"
#include "../opened_model.hpp"
#include "../progress.hpp"
#include "../report.hpp"
#include "../sampling.hpp"
#include "../standard_streams.hpp"
#include "../text_stream.hpp"

namespace tfm_program {

namespace {

/// What came of generating.
struct Continuation {
    std::vector<std::int32_t> tokens;
    tfm::StopReason reason = tfm::StopReason::max_new_tokens;
    double first_ms = 0; ///< from the prompt to the first token
    double total_ms = 0; ///< from the prompt to the last token

    /// Mean time of a token after the first; none for fewer than two tokens.
    std::optional<double> token_ms() const
    {
        if (tokens.size() < 2) return std::nullopt;
        return (total_ms - first_ms) / static_cast<double>(tokens.size() - 1);
    }
};

/// The seeds chosen are short enough to be typed, and exact in any reader of JSON.
std::uint64_t choose_seed(const GenerateCommand& command)
{
    return command.seed ? *command.seed : std::random_device{}();
}

/// What generating needs.
struct Request {
    const tfm::any::Decoder& model;
    const Prompt& prompt;
    const tfm::GenerateOptions& options;
    std::size_t expected; ///< new tokens, unless the text ends before
};

/// Calls `on_token(id)` for each new token.
template <class OnToken>
Continuation continue_prompt(const Request& request, OnToken on_token)
{
    Continuation result;
    result.tokens.reserve(request.expected);
    Stopwatch const stopwatch;
    auto const generator =
        make_generator(request.model, request.prompt.tokens.size(), request.options);
    auto const note = [&](std::int32_t token) {
        result.total_ms = stopwatch.milliseconds();
        if (result.tokens.empty()) result.first_ms = result.total_ms;
        result.tokens.push_back(token);
        on_token(token);
        return true;
    };
    result.reason = generator->generate(0, request.prompt.tokens, request.options, note);
    return result;
}

Continuation print_text(const Request& request, const tfm::Tokenizer& tokenizer, bool echo)
{
    TextStream text(tokenizer);
    text.begin(request.prompt, echo);
    auto result = continue_prompt(request, [&](std::int32_t token) { text.write(token); });
    text.finish();
    return result;
}

Continuation print_ids(const Request& request)
{
    bool first = true;
    auto result = continue_prompt(request, [&](std::int32_t token) {
        print((std::exchange(first, false) ? "" : " ") + std::to_string(token));
        flush_output();
    });
    print("\n");
    flush_output();
    return result;
}

Continuation collect(const Request& request)
{
    Progress progress("generating");
    std::size_t made = 0;
    return continue_prompt(request,
                           [&](std::int32_t) { progress.update(++made, request.expected); });
}

std::string_view reason_name(tfm::StopReason reason)
{
    switch (reason) {
    case tfm::StopReason::end_of_text:
        return "end_of_text";
    case tfm::StopReason::context_full:
        return "context_full";
    case tfm::StopReason::stopped:
        return "stopped";
    case tfm::StopReason::max_new_tokens:
        break;
    }
    return "max_new_tokens";
}

JsonObject json_of(const OpenedModel& model, const Prompt& prompt, const Sampling& sampling,
                   std::uint64_t seed, const Continuation& result)
{
    JsonObject object;
    object["model"] = model.folder.string();
    object["precision"] = tfm::name(model.precision);
    object["prompt_tokens"] = prompt.tokens;
    object["tokens"] = result.tokens;
    object["text"] = nullptr;
    if (model.tokenizer)
        object["text"] = continuation_text(*model.tokenizer, prompt, result.tokens);
    object["stop_reason"] = reason_name(result.reason);
    sampling.add_to(object);
    object["seed"] = seed;
    return object;
}

void add_timings(JsonObject& object, double load_ms, const Continuation& result)
{
    object["load_ms"] = load_ms;
    object["ttft_ms"] = nullptr;
    object["tpot_ms"] = nullptr;
    object["tokens_per_s"] = nullptr;
    if (!result.tokens.empty()) object["ttft_ms"] = result.first_ms;
    if (auto const token_ms = result.token_ms()) {
        object["tpot_ms"] = *token_ms;
        object["tokens_per_s"] = 1000.0 / *token_ms;
    }
    object["peak_rss_bytes"] = peak_resident_bytes();
}

/// Says why the text ends where it does not end by itself, and to a person how fast it was.
void explain(const OpenedModel& model, const Prompt& prompt, const tfm::GenerateOptions& options,
             const Continuation& result)
{
    std::size_t const count = result.tokens.size();
    if (result.reason == tfm::StopReason::context_full) {
        std::string const text = "tfm: stopped after " + std::to_string(count) +
                                 " new tokens: with the " + std::to_string(prompt.tokens.size()) +
                                 " of the prompt they fill the model's context of " +
                                 std::to_string(model.shape.context) + "\n";
        std::fputs(text.c_str(), stderr);
    }
    auto const token_ms = result.token_ms();
    if (!is_terminal(stderr) || !token_ms) return;
    std::string const text =
        "\n[" + std::to_string(count) + " tokens, " + fixed(1000.0 / *token_ms, 0) +
        " per second; the first after " + fixed(result.first_ms, 0) + " ms; " +
        std::string(reason_name(result.reason)) + "; seed " + std::to_string(options.seed) + "]\n";
    std::fputs(text.c_str(), stderr);
}

} // namespace

void run(const GenerateCommand& command)
{
    OpenedModel const model = open_model(command.model, tokenizer_for(command.prompt));
    model.print_tokenizer_problem();
    Prompt const prompt = model.read_prompt(command.prompt, true);
    Sampling const sampling = choose_sampling(command, model, prompt.tokens.size());
    tfm::GenerateOptions const options =
        sampling.options(model, command.model.threads, choose_seed(command));
    sampling.print_notice(model);
    Stopwatch const stopwatch;
    auto const weights = model.load();
    double const load_ms = model.milliseconds + stopwatch.milliseconds();

    // With n new tokens the model is fed all but the last of them.
    std::size_t const room = model.shape.context - prompt.tokens.size() + 1;
    Request const request{*weights, prompt, options, std::min(options.max_new_tokens, room)};
    Continuation result;
    if (command.json) {
        result = collect(request);
        JsonObject object = json_of(model, prompt, sampling, options.seed, result);
        add_timings(object, load_ms, result);
        add_build(object, options.threads);
        print_json(object);
    } else if (model.tokenizer) {
        result = print_text(request, *model.tokenizer, !command.no_echo && !command.prompt.is_chat);
    } else {
        result = print_ids(request);
    }
    explain(model, prompt, options, result);
}

} // namespace tfm_program
