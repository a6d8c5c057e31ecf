#include "opened_model.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <tfm/models/family.hpp>

#include "model_folder.hpp"
#include "named_shapes.hpp"
#include "precisions.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "standard_streams.hpp"
#include "tokenizer.hpp"

namespace tfm_program {

Prompt OpenedModel::read_prompt(const PromptOptions& options, bool begins_texts) const
{
    return tfm_program::read_prompt(options, {.folder = folder,
                                              .tokenizer = tokenizer ? &*tokenizer : nullptr,
                                              .vocab = shape.vocab,
                                              .max_tokens = shape.context,
                                              .begins_texts = begins_texts});
}

void OpenedModel::print_tokenizer_problem() const
{
    if (tokenizer_problem.empty()) return;
    std::string const text =
        "tfm: no text, for the tokenizer cannot be used: " + printable(tokenizer_problem) + "\n";
    std::fputs(text.c_str(), stderr);
}

std::string OpenedModel::describe() const
{
    return folder.string() + ": " + name + ", " + human_count(shape.parameters()) +
           " parameters, " + std::string(tfm::name(precision));
}

std::unique_ptr<tfm::any::Decoder> OpenedModel::load() const
{
    constexpr std::size_t large = 50'000'000;
    std::size_t const parameters = shape.parameters();
    Progress progress("loading " + human_count(parameters) + " parameters");
    if (parameters > large) progress.show();
    return tfm::any::load_decoder(folder, precision);
}

Tokenizer tokenizer_for(const PromptOptions& prompt)
{
    return prompt.tokens ? Tokenizer::if_present : Tokenizer::required;
}

OpenedModel open_model(const std::filesystem::path& folder, tfm::Precision precision,
                       Tokenizer tokenizer)
{
    Stopwatch const stopwatch;
    tfm::HuggingFaceConfig json = tfm::HuggingFaceConfig::open(folder);
    tfm::DecoderShape const shape = tfm::read_family(json).shape;
    std::string const family = json.string("model_type").value_or("gpt2");
    OpenedModel model{.folder = folder,
                      .name = name_of(shape, family),
                      .config = std::move(json),
                      .shape = shape,
                      .precision = precision,
                      .tokenizer = {},
                      .tokenizer_problem = {},
                      .milliseconds = 0};
    if (tokenizer == Tokenizer::required) {
        model.tokenizer = load_tokenizer(folder);
    } else {
        FoundTokenizer found = find_tokenizer(folder);
        model.tokenizer = std::move(found.tokenizer);
        model.tokenizer_problem = std::move(found.problem);
    }
    model.milliseconds = stopwatch.milliseconds();
    return model;
}

OpenedModel open_model(const ModelOptions& options, Tokenizer tokenizer)
{
    tfm::Precision const precision = precision_named(options.precision, "--precision");
    return open_model(find_model_folder(options.folder), precision, tokenizer);
}

std::unique_ptr<tfm::any::Batch> make_generator(const tfm::any::Decoder& model,
                                                std::size_t prompt_tokens,
                                                const tfm::GenerateOptions& options,
                                                std::size_t context)
{
    // The last token is handed out and not fed, so it needs no position.
    std::size_t const fed = prompt_tokens + std::max<std::size_t>(options.max_new_tokens, 1) - 1;
    return model.make_batch(
        {.sessions = 1,
         .positions = std::min({model.shape().context, context, fed}),
         .workspace = {.max_rows = std::clamp<std::size_t>(prompt_tokens, 1, 512),
                       .threads = options.threads,
                       .logit_rows = 1}});
}

} // namespace tfm_program
