/// \file
/// DistilBERT on the sentiments of SST-2: accuracy and speed on its development set.

#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <tfm/models/random_checkpoint.hpp>

#include "evaluation.hpp"
#include "progress.hpp"
#include "sentences.hpp"
#include "shapes.hpp"

namespace sst2_program {

namespace {

struct Options {
    std::string folder;
    std::string table;
    std::string shape = "base";
    std::vector<std::string> precisions{"fp32"};
    std::size_t batch = 32;
    std::size_t threads = 0;
    std::size_t seed = 0;
    bool force = false;
};

/// A line of accuracy and speed for each precision.
void run(const Options& options)
{
    std::vector<Sentence> const sentences = read_sentences(options.table);
    auto const total = static_cast<double>(sentences.size());
    for (const std::string& precision : options.precisions) {
        Evaluation const found =
            evaluate(options.folder, precision, sentences, {options.batch, options.threads});
        std::printf("%s: accuracy %.4f (%zu of %zu), %.1f samples/s\n", precision.c_str(),
                    static_cast<double>(found.right) / total, found.right, sentences.size(),
                    total / found.seconds);
        std::fflush(stdout);
    }
}

void init(const Options& options)
{
    tfm::EncoderShape const shape = options.shape == "tiny" ? tiny : base;
    for (const char* const name : {"config.json", "model.safetensors", "vocab.txt"}) {
        auto const file = std::filesystem::path(options.folder) / name;
        tfm::require(options.force || !std::filesystem::exists(file), [&] {
            return file.string() + ": expected no such file, found one; --force replaces it";
        });
    }
    tfm::write_random_checkpoint(
        options.folder, shape, options.seed,
        [](std::size_t done, std::size_t total) { show_progress("writing", done, total); });
    write_character_vocabulary(options.folder, shape.vocab);
}

/// Parses the arguments and does what they say.
void run_command_line(int count, const char* const* arguments)
{
    Options options;
    CLI::App app("DistilBERT on the sentiments of SST-2.", "sst2");
    app.footer("Exit status: 0 done, 2 for bad input, 1 for anything unexpected.");
    app.require_subcommand(1);

    auto* const eval = app.add_subcommand("eval", "Print accuracy and samples per second");
    eval->add_option("FOLDER", options.folder, "Hugging Face folder of the fine-tuned model")
        ->required();
    eval->add_option("TABLE", options.table, "dev.tsv of SST-2 as GLUE has it")->required();
    eval->add_option("--precision", options.precisions,
                     "fp32 (default), bf16 or int8; several, with commas between them, each get a "
                     "line")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(precision_names()));
    eval->add_option("--batch", options.batch, "sentences in one pass (default 32)")
        ->check(CLI::Range(1, 4096));
    eval->add_option("--threads", options.threads, "threads to compute on (default: the runtime's)")
        ->check(CLI::Range(1, 1024));
    eval->callback([&options] { run(options); });

    auto* const create = app.add_subcommand(
        "init", "Write a model with random parameters, and a vocabulary of single characters");
    create->add_option("FOLDER", options.folder, "the folder to write to")->required();
    create->add_option("--shape", options.shape, "base (default) or tiny")
        ->check(CLI::IsMember({"base", "tiny"}));
    create->add_option("--seed", options.seed, "equal seeds give equal files (default 0)");
    create->add_flag("--force", options.force, "replace the files where they exist");
    create->callback([&options] { init(options); });

    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const CLI::App* shown = &app;
        for (const CLI::App* const command : app.get_subcommands()) shown = command;
        std::fputs(shown->help().c_str(), stdout);
    } catch (const CLI::ParseError& error) {
        tfm::fail(std::string(error.what()) + "; see sst2 --help");
    }
}

} // namespace

} // namespace sst2_program

int main(int count, char** arguments)
{
    const auto report = [](std::string_view message, int status) {
        std::fprintf(stderr, "sst2: error: %.*s\n", static_cast<int>(message.size()),
                     message.data());
        return status;
    };
    try {
        sst2_program::run_command_line(count, arguments);
        return 0;
    } catch (const tfm::Error& error) {
        return report(error.what(), 2);
    } catch (const std::bad_alloc&) {
        return report("out of memory", 1);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}
