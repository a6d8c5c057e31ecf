#include "opened_model.hpp"

#include <utility>

#include "any_model.hpp"
#include "model_folder.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "standard_streams.hpp"

namespace gpt2_program {

std::optional<std::int32_t> OpenedModel::end_of_text() const
{
    if (tokenizer && tokenizer->end_of_text()) return tokenizer->end_of_text();
    if (!config.eos_token_id) return std::nullopt;
    return static_cast<std::int32_t>(*config.eos_token_id);
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

std::unique_ptr<AnyModel> OpenedModel::load() const
{
    constexpr std::size_t large = 50'000'000;
    std::size_t const parameters = shape->shape.parameters();
    Progress progress("loading " + human_count(parameters) + " parameters");
    if (parameters > large) progress.show();
    return shape->load(folder);
}

OpenedModel open_model(const ModelOptions& options, const PromptOptions& prompt)
{
    check_precision(options.precision);
    Stopwatch const stopwatch;
    OpenedModel model{.folder = find_model_folder(options.folder),
                      .config = {},
                      .shape = nullptr,
                      .tokenizer = {},
                      .milliseconds = 0};
    model.config = tfm::read_gpt2_config(model.folder);
    model.shape = &shape_of_folder(model.folder);
    model.tokenizer = prompt.tokens ? load_tokenizer_if_present(model.folder)
                                    : std::optional(load_tokenizer(model.folder));
    model.milliseconds = stopwatch.milliseconds();
    return model;
}

void check_precision(const std::string& precision)
{
    tfm::require(precision == "fp32", [&] {
        return "--precision: expected fp32, the only one there is; found " + in_quotes(precision);
    });
}

} // namespace gpt2_program
