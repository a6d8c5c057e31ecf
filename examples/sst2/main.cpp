/// \file
/// DistilBERT on the sentiments of SST-2: accuracy and speed on its development set.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <tfm/models/load_encoder.hpp>
#include <tfm/models/random_encoder.hpp>
#include <tfm/nn/encode.hpp>
#include <tfm/text/word_piece.hpp>

#include "sentences.hpp"

namespace sst2_program {

namespace {

/// The published model, and a tiny one that is made and run in a moment.
constexpr tfm::EncoderShape base = tfm::distilbert::sst2;
constexpr tfm::EncoderShape tiny = [] {
    tfm::EncoderShape shape = base;
    shape.vocab = 256;
    shape.context = 128;
    shape.width = 48;
    shape.heads = 4;
    shape.layers = 2;
    return shape;
}();

struct Options {
    std::string folder;
    std::string table;
    std::string shape = "base";
    std::size_t batch = 32;
    std::size_t threads = 0;
    std::size_t seed = 0;
    bool force = false;
};

/// A line on standard error that says how far the work has got, where that is a terminal.
void show_progress(const char* what, std::size_t done, std::size_t total)
{
    if (::isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r%s %zu %%\033[K%s", what, 100 * done / total,
                 done == total ? "\r\033[K" : "");
}

/// Class of the largest of each sentence's logits, for all sentences of a batch.
template <tfm::EncoderShape S>
std::size_t count_right(const tfm::Encoder<S>& model,
                        typename tfm::Encoder<S>::Workspace& workspace,
                        const tfm::WordPieceEncoder& tokenizer, std::span<const Sentence> batch)
{
    std::vector<tfm::TokenizedText> texts;
    std::vector<tfm::EncoderInput> inputs;
    texts.reserve(batch.size()); // the inputs refer to the texts
    for (const Sentence& sentence : batch) {
        texts.push_back(tokenizer.encode_single(sentence.text, S.context));
        inputs.push_back({texts.back().ids});
    }
    std::vector<float> logits(batch.size() * S.labels);
    tfm::classify(model, workspace, inputs, {logits.data(), {batch.size(), S.labels}});
    std::size_t right = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const float* const row = logits.data() + i * S.labels;
        auto const found = static_cast<std::size_t>(std::max_element(row, row + S.labels) - row);
        right += found == batch[i].label ? 1U : 0U;
    }
    return right;
}

template <tfm::EncoderShape S>
void evaluate(const Options& options)
{
    auto const model = tfm::Encoder<S>::load(options.folder);
    auto const tokenizer = tfm::WordPieceEncoder::load(options.folder);
    std::vector<Sentence> const sentences = read_sentences(options.table);
    typename tfm::Encoder<S>::Workspace workspace(
        {.max_rows = std::max<std::size_t>(S.context, 1024), .threads = options.threads});

    using Clock = std::chrono::steady_clock;
    auto const start = Clock::now();
    std::size_t right = 0;
    for (std::size_t first = 0; first < sentences.size(); first += options.batch) {
        std::size_t const count = std::min(options.batch, sentences.size() - first);
        right += count_right<S>(model, workspace, tokenizer, {sentences.data() + first, count});
        show_progress("classifying", first + count, sentences.size());
    }
    double const seconds = std::chrono::duration<double>(Clock::now() - start).count();
    auto const total = static_cast<double>(sentences.size());
    std::printf("accuracy %.4f (%zu of %zu)\n%.1f samples/s\n", static_cast<double>(right) / total,
                right, sentences.size(), total / seconds);
}

void run(const Options& options)
{
    auto const family = tfm::read_encoder_family(options.folder);
    if (family.shape.width == tiny.width) return evaluate<tiny>(options);
    evaluate<base>(options);
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
    tfm::write_random_distilbert(
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
