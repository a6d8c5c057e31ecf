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

/// Log probabilities for a token, as `tfm::GeneratedToken` has them.
struct TokenLogProbs {
    float log_prob = 0;
    std::vector<tfm::TokenLogProb> likeliest;
};

/// What came of generating.
struct Continuation {
    std::uint64_t seed = 0;
    std::vector<std::int32_t> tokens;
    std::vector<TokenLogProbs> log_probs; ///< of each token; none where nobody asked
    std::string text;
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
    const OpenedModel& model;
    tfm::any::Batch& session;
    const Prompt& prompt;
    tfm::GenerateOptions options;
    std::vector<std::string> stop_strings;
    std::size_t context;  ///< tokens of prompt and continuation
    std::size_t expected; ///< new tokens, unless the text ends before

    const tfm::Tokenizer* tokenizer() const
    {
        return model.tokenizer ? &*model.tokenizer : nullptr;
    }
};

/// Calls `on_piece(id, text)` for each new token and the text that it makes certain, and at the end
/// for no token and the text that is left.
template <class OnPiece>
Continuation continue_prompt(const Request& request, OnPiece on_piece)
{
    Continuation result;
    result.seed = request.options.seed;
    result.tokens.reserve(request.expected);
    TextStream text(request.tokenizer(), request.prompt, request.stop_strings);
    Stopwatch const stopwatch;
    auto const add = [&](std::optional<std::int32_t> token, const std::string& piece) {
        result.text += piece;
        on_piece(token, piece);
    };
    auto const note = [&](const tfm::GeneratedToken& token) {
        result.total_ms = stopwatch.milliseconds();
        if (result.tokens.empty()) result.first_ms = result.total_ms;
        result.tokens.push_back(token.id);
        if (token.log_prob)
            result.log_probs.push_back(
                {*token.log_prob, {token.likeliest.begin(), token.likeliest.end()}});
        add(token.id, text.step(token.id));
        return !text.is_stopped();
    };
    // Another continuation of the same prompt finds it in the session.
    std::vector<std::int32_t> tokens = request.prompt.tokens;
    result.reason = request.session.continue_text(0, tokens, request.options, note);
    add(std::nullopt, text.finish());
    if (text.is_stopped()) result.reason = tfm::StopReason::stop_string;
    return result;
}

Continuation print_text(const Request& request, bool echo)
{
    TextPrinter printer;
    if (echo) printer.print(TextStream(request.tokenizer(), request.prompt, {}).prompt());
    auto result =
        continue_prompt(request, [&](auto, const std::string& piece) { printer.print(piece); });
    printer.finish();
    return result;
}

Continuation print_ids(const Request& request)
{
    bool first = true;
    auto result = continue_prompt(request, [&](std::optional<std::int32_t> token, auto&) {
        if (!token) return;
        print((std::exchange(first, false) ? "" : " ") + std::to_string(*token));
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
    return continue_prompt(request, [&](std::optional<std::int32_t> token, auto&) {
        if (token) progress.update(++made, request.expected);
    });
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
    case tfm::StopReason::stop_string:
        return "stop_string";
    case tfm::StopReason::max_time:
        return "max_time";
    case tfm::StopReason::cancelled:
        return "cancelled";
    case tfm::StopReason::max_new_tokens:
        break;
    }
    return "max_new_tokens";
}

/// Log probabilities token by token.
std::vector<JsonObject> json_of(const Continuation& result)
{
    std::vector<JsonObject> list;
    for (std::size_t i = 0; i < result.log_probs.size(); ++i) {
        TokenLogProbs const& known = result.log_probs[i];
        JsonObject object;
        object["token"] = result.tokens[i];
        object["logprob"] = known.log_prob;
        std::vector<JsonObject> likeliest;
        for (tfm::TokenLogProb const token : known.likeliest) {
            JsonObject likely;
            likely["token"] = token.token;
            likely["logprob"] = token.log_prob;
            likeliest.push_back(likely);
        }
        object["likeliest"] = likeliest;
        list.push_back(object);
    }
    return list;
}

/// Adds what came of generating.
void add_continuation(JsonObject& object, const Request& request, const Continuation& result)
{
    object["tokens"] = result.tokens;
    object["text"] = nullptr;
    if (request.tokenizer() != nullptr) object["text"] = result.text;
    object["stop_reason"] = reason_name(result.reason);
    object["seed"] = result.seed;
    if (request.options.logprobs) object["logprobs"] = json_of(result);
    object["ttft_ms"] = nullptr;
    object["tpot_ms"] = nullptr;
    object["tokens_per_s"] = nullptr;
    if (!result.tokens.empty()) object["ttft_ms"] = result.first_ms;
    if (auto const token_ms = result.token_ms()) {
        object["tpot_ms"] = *token_ms;
        object["tokens_per_s"] = 1000.0 / *token_ms;
    }
}

/// Everything as one object: the first continuation as fields, and where there are several all of
/// them as a list.
JsonObject json_of(const Request& request, const Sampling& sampling, double load_ms,
                   const std::vector<Continuation>& results)
{
    JsonObject object;
    object["model"] = request.model.folder.string();
    object["precision"] = tfm::name(request.model.precision);
    object["prompt_tokens"] = request.prompt.tokens;
    add_continuation(object, request, results[0]);
    sampling.add_to(object);
    object["load_ms"] = load_ms;
    if (results.size() > 1) {
        std::vector<JsonObject> samples(results.size());
        for (std::size_t i = 0; i < results.size(); ++i)
            add_continuation(samples[i], request, results[i]);
        object["samples"] = samples;
    }
    object["peak_rss_bytes"] = peak_resident_bytes();
    add_build(object, request.options.threads);
    return object;
}

/// Says why the text ends where it does not end by itself, and to a person how fast it was.
void explain(const Request& request, const Continuation& result)
{
    std::size_t const count = result.tokens.size();
    if (result.reason == tfm::StopReason::context_full) {
        std::string const text =
            "tfm: stopped after " + std::to_string(count) + " new tokens: with the " +
            std::to_string(request.prompt.tokens.size()) + " of the prompt they fill the " +
            (request.context < request.model.shape.context ? "" : "model's ") + "context of " +
            std::to_string(request.context) + "\n";
        std::fputs(text.c_str(), stderr);
    }
    auto const token_ms = result.token_ms();
    if (!is_terminal(stderr) || !token_ms) return;
    std::string const text =
        "\n[" + std::to_string(count) + " tokens, " + fixed(1000.0 / *token_ms, 0) +
        " per second; the first after " + fixed(result.first_ms, 0) + " ms; " +
        std::string(reason_name(result.reason)) + "; seed " + std::to_string(result.seed) + "]\n";
    std::fputs(text.c_str(), stderr);
}

/// Tokens of prompt and continuation at most.
std::size_t choose_context(const GenerateCommand& command, const OpenedModel& model,
                           const Prompt& prompt)
{
    std::size_t const context = std::min(command.context.value_or(SIZE_MAX), model.shape.context);
    check_length(prompt.tokens, "--ctx-size", context);
    return context;
}

} // namespace

void run(const GenerateCommand& command)
{
    OpenedModel const model = open_model(command.model, tokenizer_for(command.prompt));
    model.print_tokenizer_problem();
    Prompt const prompt = model.read_prompt(command.prompt, true);
    Sampling const sampling = choose_sampling(command, model, prompt.tokens.size());
    tfm::GenerateOptions options =
        sampling.options(model, command.model.threads, choose_seed(command));
    options.logprobs = command.logprobs;
    options.max_time = command.max_time;
    tfm::require(command.samples == 1 || !options.is_greedy(), [] {
        return "--num-return-sequences: expected 1 where the most likely token is taken, found "
               "more";
    });
    sampling.print_notice(model);
    std::size_t const context = choose_context(command, model, prompt);
    Stopwatch const stopwatch;
    auto const weights = model.load();
    double const load_ms = model.milliseconds + stopwatch.milliseconds();

    // With n new tokens the model is fed all but the last of them.
    std::size_t const room = context - prompt.tokens.size() + 1;
    auto const session = make_generator(*weights, prompt.tokens.size(), options, context);
    Request request{model,
                    *session,
                    prompt,
                    options,
                    command.stop_strings,
                    context,
                    std::min(options.max_new_tokens, room)};
    bool const echo = !command.no_echo && !command.prompt.is_chat;
    std::vector<Continuation> results;
    for (std::size_t i = 0; i < command.samples; ++i) {
        request.options.seed = options.seed + i;
        if (command.samples > 1 && !command.json)
            print("[" + std::to_string(i + 1) + "] seed " + std::to_string(request.options.seed) +
                  "\n");
        results.push_back(command.json      ? collect(request)
                          : model.tokenizer ? print_text(request, echo)
                                            : print_ids(request));
        explain(request, results.back());
    }
    if (command.json) print_json(json_of(request, sampling, load_ms, results));
}

} // namespace tfm_program
