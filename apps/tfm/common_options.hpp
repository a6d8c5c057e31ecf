#pragma once

/// \file
/// The options that several commands have. Included by command_line.cpp alone, which names CLI11.

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "precisions.hpp"
#include "standard_streams.hpp"
#include "thread_limit.hpp"

namespace tfm_program {

/// Checks for a whole number in [min, max]; what it says follows the option's name.
inline CLI::Validator whole_number(std::uint64_t min, std::uint64_t max)
{
    return {[min, max](std::string& text) {
                std::uint64_t value = 0;
                auto const end = text.data() + text.size();
                auto const [stop, error] = std::from_chars(text.data(), end, value);
                if (stop == end && error == std::errc{} && value >= min && value <= max)
                    return std::string();
                return "expected a whole number from " + std::to_string(min) + " to " +
                       std::to_string(max) + ", found " + in_quotes(text);
            },
            ""};
}

/// Checks for a finite number that `accept` takes, which `expected` describes.
inline CLI::Validator number(bool (*accept)(double), const char* expected)
{
    return {[accept, expected](std::string& text) {
                char* stop = nullptr;
                double const value = std::strtod(text.c_str(), &stop);
                if (!text.empty() && *stop == '\0' && std::isfinite(value) && accept(value))
                    return std::string();
                return "expected " + std::string(expected) + ", found " + in_quotes(text);
            },
            ""};
}

/// Where the model is.
inline void add_folder_option(CLI::App& app, std::optional<std::string>& folder)
{
    app.add_option("-m,--model", folder,
                   "Hugging Face folder (default: TFM_MODEL of the environment, or else the "
                   "shipped model)")
        ->type_name("DIR");
}

/// What to compute in, one of `names`.
inline void add_precision_option(CLI::App& app, std::string& precision, const std::string& names)
{
    app.add_option("--precision", precision, "what to compute in: " + names + " (default: fp32)")
        ->type_name("NAME");
}

/// How many threads to compute on.
inline void add_threads_option(CLI::App& app, std::size_t& threads)
{
    app.add_option("-t,--threads", threads,
                   "threads to compute on (default: the least of OpenMP's, CPU affinity and the "
                   "cgroup's quota)")
        ->type_name("N")
        ->check(whole_number(1, max_threads));
}

/// Whether files are copied rather than mapped.
inline void add_no_mmap_flag(CLI::App& app, bool& no_mmap)
{
    app.add_flag(
        "--no-mmap", no_mmap,
        "copy packed weights into memory rather than map them, so that a file that another "
        "process shortens does no harm");
}

/// Which decoder, and how it computes.
inline void add_model_options(CLI::App& app, ModelOptions& model)
{
    add_folder_option(app, model.folder);
    add_threads_option(app, model.threads);
    add_precision_option(app, model.precision, precision_names());
    add_no_mmap_flag(app, model.no_mmap);
}

/// Which encoder, and how it computes.
inline void add_encoder_options(CLI::App& app, ModelOptions& model)
{
    app.add_option("-m,--model", model.folder,
                   "Hugging Face folder of a BERT or DistilBERT (default: TFM_MODEL of the "
                   "environment; none is shipped)")
        ->type_name("DIR");
    add_threads_option(app, model.threads);
    add_precision_option(app, model.precision, encoder_precision_names());
    add_no_mmap_flag(app, model.no_mmap);
}

/// The prompt, from one of three places.
inline void add_prompt_options(CLI::App& app, PromptOptions& prompt)
{
    auto* const text = app.add_option("-p,--prompt", prompt.text,
                                      "the prompt; --prompt=TEXT where it begins with -")
                           ->type_name("TEXT");
    auto* const file =
        app.add_option("-f,--prompt-file", prompt.file,
                       "file with the prompt; one line ending at its end is dropped. Without any "
                       "prompt option standard input is read so, where it is no terminal")
            ->type_name("FILE");
    auto* const tokens =
        app.add_option("--tokens", prompt.tokens, "the prompt as token ids, such as 1,2,3")
            ->type_name("IDS");
    text->excludes(file)->excludes(tokens);
    file->excludes(tokens);
}

/// Whether the result is one JSON object.
inline void add_json_flag(CLI::App& app, bool& json)
{
    app.add_flag("--json", json, "print one JSON object");
}

/// What makes a prompt a conversation.
inline void add_chat_options(CLI::App& app, PromptOptions& prompt)
{
    auto* const chat = app.add_flag("--chat", prompt.is_chat,
                                    "the prompt is what the user says in a conversation, written "
                                    "as the folder's chat template has it");
    auto* const system =
        app.add_option("--system", prompt.system, "what the system says before, with --chat")
            ->type_name("TEXT");
    chat->excludes("--tokens");
    system->needs(chat);
}

} // namespace tfm_program
