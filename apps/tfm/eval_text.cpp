#include "eval_text.hpp"

#include <algorithm>

#include <tfm/config.hpp>

#include "progress.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace tfm_program {

namespace {

constexpr std::size_t long_text = 10'000'000;

std::vector<std::int32_t> read_tokens(const TextOptions& options, const OpenedModel& model)
{
    std::string const text = read_file(options.file);
    Progress progress("tokenizing " + human_bytes(text.size()));
    if (text.size() > long_text) progress.show();
    std::vector<std::int32_t> tokens = model.tokenizer->encode(text);
    if (options.max_tokens && *options.max_tokens < tokens.size())
        tokens.resize(*options.max_tokens);
    tfm::require(tokens.size() >= 2, [&] {
        return options.file + ": expected a text of at least 2 tokens, found " +
               std::to_string(tokens.size());
    });
    check_in_vocabulary(tokens, options.file, {.folder = model.folder, .vocab = model.shape.vocab});
    return tokens;
}

/// \param range names what the values may be.
void check_range(const char* option, std::size_t value, std::size_t min, std::size_t max,
                 const char* range)
{
    tfm::require(value >= min && value <= max, [&] {
        return std::string(option) + ": expected " + std::to_string(min) + " to " + range + " " +
               std::to_string(max) + ", found " + std::to_string(value);
    });
}

} // namespace

std::size_t EvalText::scored() const
{
    std::size_t count = 0;
    for (const tfm::TextWindow& piece : windows) count += piece.end - piece.first_scored;
    return count;
}

std::string EvalText::describe() const
{
    return file + ": " + std::to_string(tokens.size()) + " tokens, " + std::to_string(scored()) +
           " of them scored, in windows of " + std::to_string(window) + " with a stride of " +
           std::to_string(stride);
}

EvalText read_eval_text(const TextOptions& options, const OpenedModel& model, std::size_t context)
{
    EvalText text{.file = options.file,
                  .tokens = {},
                  .window = options.window.value_or(context),
                  .stride = 0,
                  .windows = {}};
    check_range("--window", text.window, 2, context, "the model's context of");
    text.stride = options.stride.value_or(text.window / 2);
    check_range("--stride", text.stride, 1, text.window, "the window of");
    text.tokens = read_tokens(options, model);
    text.windows = tfm::sliding_windows(text.tokens.size(), text.window, text.stride);
    return text;
}

} // namespace tfm_program
