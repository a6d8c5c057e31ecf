#include "opened_model.hpp"

#include <utility>

#include <tfm/models/gpt2.hpp>

#include "any_model.hpp"
#include "model_folder.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace gpt2_program {

std::optional<std::int32_t> OpenedModel::end_of_text() const
{
    if (tokenizer && tokenizer->end_of_text()) return tokenizer->end_of_text();
    if (!stated_end_of_text) return std::nullopt;
    return static_cast<std::int32_t>(*stated_end_of_text);
}

Prompt OpenedModel::read_prompt(const PromptOptions& options,
                                std::optional<std::int32_t> begin_token) const
{
    return gpt2_program::read_prompt(options, {.folder = folder,
                                               .tokenizer = tokenizer ? &*tokenizer : nullptr,
                                               .begin_token = begin_token,
                                               .vocab = shape->shape.vocab,
                                               .max_tokens = shape->shape.context});
}

std::string OpenedModel::describe() const
{
    return folder.string() + ": " + std::string(shape->name) + ", " +
           human_count(shape->shape.parameters()) + " parameters, " + std::string(precision->name);
}

std::unique_ptr<AnyModel> OpenedModel::load() const
{
    constexpr std::size_t large = 50'000'000;
    std::size_t const parameters = shape->shape.parameters();
    Progress progress("loading " + human_count(parameters) + " parameters");
    if (parameters > large) progress.show();
    return compiled().load(folder);
}

Tokenizer tokenizer_for(const PromptOptions& prompt)
{
    return prompt.tokens ? Tokenizer::if_present : Tokenizer::required;
}

OpenedModel open_model(const std::filesystem::path& folder, const CompiledPrecision& precision,
                       Tokenizer tokenizer)
{
    Stopwatch const stopwatch;
    const CompiledShape& shape = shape_of_folder(folder);
    OpenedModel model{.folder = folder,
                      .stated_end_of_text =
                          tfm::read_end_of_text(tfm::HuggingFaceConfig::open(folder),
                                                shape.shape.vocab, tfm::gpt2_end_of_text),
                      .shape = &shape,
                      .precision = &precision,
                      .tokenizer = {},
                      .milliseconds = 0};
    model.tokenizer = tokenizer == Tokenizer::if_present ? load_tokenizer_if_present(folder)
                                                         : std::optional(load_tokenizer(folder));
    model.milliseconds = stopwatch.milliseconds();
    return model;
}

OpenedModel open_model(const ModelOptions& options, Tokenizer tokenizer)
{
    const CompiledPrecision& precision = precision_named(options.precision, "--precision");
    return open_model(find_model_folder(options.folder), precision, tokenizer);
}

} // namespace gpt2_program
