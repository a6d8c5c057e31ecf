/// \file
/// The options of all commands: the only unit that names CLI11, with common_options.hpp.

#include "command_line.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <tfm/config.hpp>

#include "command_help.hpp"
#include "commands.hpp"
#include "common_options.hpp"
#include "named_shapes.hpp"
#include "precisions.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace tfm_program {

namespace {

constexpr std::size_t max_new_tokens = 1'000'000'000;
constexpr std::size_t max_samples = 1'000'000;

/// A probability that is given as a share: also above 0 as a float.
CLI::Validator share()
{
    return number([](double p) { return static_cast<float>(p) > 0 && p <= 1; },
                  "a number above 0 and at most 1");
}

CLI::Validator positive()
{
    return number([](double x) { return static_cast<float>(x) > 0 && x <= 1e6; },
                  "a number above 0");
}

void add_penalty_options(CLI::App& app, GenerateCommand& command)
{
    auto const add = [&app](const char* name, auto& value, const char* what) {
        return app.add_option(name, value, what)->type_name("X");
    };
    auto const any = number([](double x) { return x >= -1e6 && x <= 1e6; }, "a number");
    add("--repetition-penalty", command.repetition_penalty,
        "above 1 makes tokens of prompt and continuation less likely (1)")
        ->check(positive());
    add("--presence-penalty", command.presence_penalty,
        "taken off the logits of tokens of the continuation (0)")
        ->check(any);
    add("--frequency-penalty", command.frequency_penalty, "the same, for each time (0)")
        ->check(any);
    app.add_option("--no-repeat-ngram-size", command.no_repeat_ngram_size,
                   "so many tokens in a row do not come twice (0: they may)")
        ->type_name("N")
        ->check(whole_number(0, UINT32_MAX));
    add("--min-p", command.min_p,
        "draw from the tokens that are X times as likely as the likeliest (0)")
        ->check(number([](double p) { return p >= 0 && p <= 1; }, "a number from 0 to 1"));
    add("--typical-p", command.typical_p,
        "draw from the most typical tokens that reach probability X (1)")
        ->check(share());
}

void add_ending_options(CLI::App& app, GenerateCommand& command)
{
    app.add_option("-c,--ctx-size", command.context,
                   "tokens of prompt and continuation at most (the model's context)")
        ->type_name("N")
        ->check(whole_number(1, max_new_tokens));
    app.add_option("--stop", command.stop_strings,
                   "end before this text; may be given several times")
        ->type_name("TEXT")
        ->allow_extra_args(false)
        ->check(CLI::Validator(
            [](std::string& text) {
                return text.empty() ? std::string("expected a text, found an empty one") : "";
            },
            ""));
    app.add_option("--max-time", command.max_time, "end after so many seconds")
        ->type_name("S")
        ->check(positive());
}

void add_options(CLI::App& app, GenerateCommand& command)
{
    add_prompt_options(app, command.prompt);
    add_chat_options(app, command.prompt);
    app.add_option("-n,--max-tokens", command.max_new_tokens, "new tokens at most (256)")
        ->type_name("N")
        ->check(whole_number(0, max_new_tokens));
    auto* const temperature =
        app.add_option("--temperature", command.temperature,
                       "divides the logits (0.8); 0 takes the most likely token")
            ->type_name("X")
            ->check(number([](double x) { return x >= 0 && x <= 1e6; }, "a number from 0 up"));
    auto* const top_k = app.add_option("--top-k", command.top_k,
                                       "draw from the K likeliest tokens (40); 0: from all")
                            ->type_name("K")
                            ->check(whole_number(0, UINT32_MAX));
    auto* const top_p = app.add_option("--top-p", command.top_p,
                                       "draw from the fewest tokens that reach probability P (1)")
                            ->type_name("P")
                            ->check(share());
    add_penalty_options(app, command);
    app.add_option("-s,--seed", command.seed,
                   "equal seeds tell equal stories (default: another each time)")
        ->type_name("S")
        ->check(whole_number(0, UINT64_MAX));
    app.add_flag("--greedy", command.greedy, "always take the most likely token")
        ->excludes(temperature)
        ->excludes(top_k)
        ->excludes(top_p)
        ->excludes("--min-p")
        ->excludes("--typical-p");
    add_ending_options(app, command);
    add_model_options(app, command.model);
    app.add_flag("--no-echo", command.no_echo, "print what follows the prompt without the prompt");
    add_json_flag(app, command.json);
    app.add_option("--logprobs", command.logprobs,
                   "with --json, log probabilities of each token and of the N likeliest, by the "
                   "model's own logits")
        ->type_name("N")
        ->check(whole_number(0, UINT32_MAX))
        ->needs("--json");
    app.add_option("--num-return-sequences", command.samples,
                   "so many continuations, with seeds S, S + 1 and so on (1)")
        ->type_name("N")
        ->check(whole_number(1, max_samples))
        ->excludes("--greedy");
}

void add_options(CLI::App& app, TokenizeCommand& command)
{
    add_folder_option(app, command.folder);
    app.add_flag("--pieces", command.pieces,
                 "a line for each token: its id, its first byte in the text and the one behind its "
                 "last, and the token as the files write it");
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, DetokenizeCommand& command)
{
    add_folder_option(app, command.folder);
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, LogitsCommand& command)
{
    add_prompt_options(app, command.prompt);
    app.add_flag("--all", command.all, "of every token (default: of the last)");
    app.add_option("--output", command.output,
                   "safetensors file to write: tensor \"logits\", F32 [rows, vocab]")
        ->type_name("FILE")
        ->required();
    add_model_options(app, command.model);
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, EncoderTextOptions& text)
{
    add_prompt_options(app, text.prompt);
    auto* const pair = app.add_option("--pair", text.pair, "a second text, read after the prompt")
                           ->type_name("TEXT");
    auto* const types =
        app.add_option("--types", text.types, "the token types that go with --tokens (default: 0)")
            ->type_name("IDS");
    pair->excludes("--tokens");
    types->needs("--tokens");
}

void add_options(CLI::App& app, ClassifyCommand& command)
{
    add_options(app, command.text);
    add_encoder_options(app, command.model);
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, EmbedCommand& command)
{
    add_options(app, command.text);
    app.add_option("--pooling", command.pooling, "mean (default), first, pooler or tokens")
        ->type_name("NAME");
    app.add_option("--output", command.output,
                   "safetensors file to write: tensor \"embeddings\", F32 [rows, width]")
        ->type_name("FILE");
    add_encoder_options(app, command.model);
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, InfoCommand& command)
{
    auto* const shape =
        app.add_option("--shape", command.shape, "a shape instead of a folder: " + shape_names())
            ->type_name("NAME");
    add_model_options(app, command.model);
    shape->excludes("--model");
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, InitCommand& command)
{
    auto* const shape = app.add_option("--shape", command.shape, "a named shape: " + shape_names())
                            ->type_name("NAME");
    app.add_option("--config", command.config,
                   "the config.json of a model of any family, instead of a shape")
        ->type_name("FILE")
        ->excludes(shape);
    app.add_option("--seed", command.seed, "equal seeds give equal files (default 0)")
        ->type_name("S")
        ->check(whole_number(0, UINT64_MAX));
    app.add_option("--output", command.output,
                   "folder to write config.json and model.safetensors to")
        ->type_name("DIR")
        ->required();
    app.add_flag("--force", command.force, "replace those files where they exist");
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, PackCommand& command)
{
    add_model_options(app, command.model);
    app.add_option("--output", command.output,
                   "folder to write the packed weights, config.json and the tokenizer to")
        ->type_name("DIR")
        ->required();
    app.add_flag("--force", command.force, "replace those files where they exist");
    add_json_flag(app, command.json);
}

void add_text_options(CLI::App& app, TextOptions& text)
{
    app.add_option("--text", text.file, "file with the text, every byte of which counts")
        ->type_name("FILE")
        ->required();
    app.add_option("--window", text.window, "tokens read at once (default: the model's context)")
        ->type_name("N")
        ->check(whole_number(0, max_new_tokens));
    app.add_option("--stride", text.stride,
                   "tokens from one window to the next (default: half a window)")
        ->type_name("N")
        ->check(whole_number(0, max_new_tokens));
    app.add_option("--max-tokens", text.max_tokens, "only the first N tokens of the text")
        ->type_name("N")
        ->check(whole_number(2, max_new_tokens));
}

void add_options(CLI::App& app, PerplexityCommand& command)
{
    add_text_options(app, command.text);
    add_model_options(app, command.model);
    add_json_flag(app, command.json);
}

void add_options(CLI::App& app, CompareCommand& command)
{
    add_text_options(app, command.text);
    add_model_options(app, command.model);
    app.add_option("--against", command.against, "precision of the reference (default: fp32)")
        ->type_name("NAME");
    app.add_option("--model-against", command.model_against,
                   "folder of the reference (default: the candidate's)")
        ->type_name("DIR");
    add_json_flag(app, command.json);
}

/// Numbers of threads separated by commas.
std::vector<std::size_t> parse_thread_counts(std::string_view text)
{
    CLI::Validator const check = whole_number(1, max_threads);
    std::vector<std::size_t> counts;
    for (std::size_t begin = 0; begin <= text.size();) {
        std::size_t const end = std::min(text.find(',', begin), text.size());
        std::string word(text.substr(begin, end - begin));
        std::string const complaint = check(word);
        if (!complaint.empty()) throw CLI::ValidationError("--threads", complaint);
        counts.push_back(std::stoul(word));
        begin = end + 1;
    }
    return counts;
}

void add_options(CLI::App& app, BenchCommand& command)
{
    add_folder_option(app, command.folder);
    app.add_option_function<std::string>(
           "--threads",
           [&command](const std::string& text) { command.threads = parse_thread_counts(text); },
           "thread counts to measure with, such as 1,2 (default: 1 and what the other commands "
           "take)")
        ->type_name("N,N...");
    app.add_option("--rounds", command.rounds, "timed rounds, after one to warm up (default 5)")
        ->type_name("N")
        ->check(whole_number(1, 1000));
    app.add_option("--only", command.only, "measure what has this regular expression in its name")
        ->type_name("REGEX");
    add_precision_option(app, command.precision, precision_names());
    add_json_flag(app, command.json);
}

/// What the process has to have before a command runs.
void prepare(const ModelOptions& model)
{
    require_threads(model.threads);
    if (model.no_mmap) ::setenv("TFM_NO_MMAP", "1", 1);
}

/// Adds a command that `run` does.
template <class Command>
void add_command(CLI::App& app, const char* name, const char* description, const char* help)
{
    auto const command = std::make_shared<Command>();
    CLI::App* const added = app.add_subcommand(name, description);
    add_options(*added, *command);
    added->footer(help);
    added->callback([command] {
        if constexpr (requires { command->model.threads; }) prepare(command->model);
        run(*command);
    });
}

void add_commands(CLI::App& app)
{
    add_command<GenerateCommand>(app, "generate", "Continue a prompt", help::generate);
    add_command<ClassifyCommand>(app, "classify", "Say which label a text has", help::classify);
    add_command<EmbedCommand>(app, "embed", "Turn a text into features", help::embed);
    add_command<TokenizeCommand>(app, "tokenize", "Text on standard input to token ids",
                                 help::tokenize);
    add_command<DetokenizeCommand>(app, "detokenize", "Token ids on standard input to text",
                                   help::detokenize);
    add_command<LogitsCommand>(app, "logits", "Write a prompt's logits to a file", help::logits);
    add_command<PerplexityCommand>(
        app, "perplexity", "Score a model by how well it foretells a text", help::perplexity);
    add_command<CompareCommand>(app, "compare", "Set a model beside a reference, over a text",
                                help::compare);
    add_command<InfoCommand>(app, "info", "Shape, parameters and memory of a model, and the build",
                             help::info);
    add_command<InitCommand>(app, "init", "Write a model with random parameters", help::init);
    add_command<PackCommand>(app, "pack", "Write a model's weights in one precision, ready for use",
                             help::pack);
    add_command<BenchCommand>(app, "bench", "Time a model beside this machine's limits",
                              help::bench);
}

/// "expected a command: generate, ... or bench; ..."
std::string expected_command(const CLI::App& app)
{
    std::string names;
    auto const commands = app.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* const command : commands)
        names.append(names.empty()                ? ""
                     : command == commands.back() ? " or "
                                                  : ", ")
            .append(command->get_name());
    return "expected a command: " + names + "; see tfm --help";
}

} // namespace

void run_command_line(int count, const char* const* arguments)
{
    CLI::App app("Transformers on CPUs: text, tokens, logits and measurements.", "tfm");
    app.set_version_flag("--version", describe_build());
    app.footer("tfm COMMAND --help says more.\n\n"
               "Exit status: 0 done, 2 for bad input, 1 for anything unexpected.");
    app.require_subcommand(0, 1);
    add_commands(app);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const CLI::App* shown = &app;
        for (const CLI::App* const command : app.get_subcommands()) shown = command;
        print(shown == &app ? app.help() : shown->help("tfm"));
        return flush_output();
    } catch (const CLI::CallForVersion& version) {
        print(std::string(version.what()) + "\n");
        return flush_output();
    } catch (const CLI::ParseError& error) {
        std::string where = "tfm";
        for (const CLI::App* const command : app.get_subcommands())
            where += " " + command->get_name();
        tfm::fail(std::string(error.what()) + "; see " + where + " --help");
    }
    if (app.get_subcommands().empty()) tfm::fail(expected_command(app));
}

} // namespace tfm_program
