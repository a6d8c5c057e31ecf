#include "sampling.hpp"

#include <cstdio>
#include <string>

#include <tfm/config.hpp>
#include <tfm/models/generation_config.hpp>

namespace tfm_program {

namespace {

constexpr std::string_view by_option = "option";
constexpr std::string_view by_folder = "generation_config.json";

template <class T>
Setting<T> first_of(const std::optional<T>& option, const std::optional<T>& folder, T otherwise)
{
    if (option) return {*option, by_option};
    if (folder) return {*folder, by_folder};
    return {otherwise, "default"};
}

Setting<double> choose_temperature(const GenerateCommand& command,
                                   const tfm::GenerationConfig& folder)
{
    if (command.greedy) return {0.0, by_option};
    bool const draws =
        command.temperature || command.top_k || command.top_p || command.min_p || command.typical_p;
    if (folder.do_sample == false && !draws) return {0.0, by_folder};
    return first_of(command.temperature, folder.temperature, 0.8);
}

/// max_new_tokens, or what max_length leaves after the prompt.
std::optional<std::size_t> new_tokens_of(const tfm::GenerationConfig& folder,
                                         const OpenedModel& model, std::size_t prompt_tokens)
{
    if (folder.max_new_tokens || !folder.max_length) return folder.max_new_tokens;
    tfm::require(*folder.max_length > prompt_tokens, [&] {
        return (model.folder / by_folder).string() + ": field 'max_length': expected more than " +
               std::to_string(prompt_tokens) + " tokens, the length of the prompt; found " +
               std::to_string(*folder.max_length) + "; -n N asks for N new tokens all the same";
    });
    return *folder.max_length - prompt_tokens;
}

} // namespace

tfm::GenerateOptions Sampling::options(const OpenedModel& model, std::size_t threads,
                                       std::uint64_t seed) const
{
    tfm::GenerateOptions options{.max_new_tokens = max_new_tokens.value,
                                 .temperature = static_cast<float>(temperature.value),
                                 .top_k = top_k.value,
                                 .top_p = static_cast<float>(top_p.value),
                                 .seed = seed,
                                 .end_of_text = end_of_text.tokens,
                                 .threads = threads};
    options.repetition_penalty = static_cast<float>(repetition_penalty.value);
    options.presence_penalty = static_cast<float>(presence_penalty.value);
    options.frequency_penalty = static_cast<float>(frequency_penalty.value);
    options.no_repeat_ngram_size = no_repeat_ngram_size.value;
    options.min_p = static_cast<float>(min_p.value);
    options.typical_p = static_cast<float>(typical_p.value);
    options.epsilon_cutoff = static_cast<float>(epsilon_cutoff.value);
    options.min_new_tokens = min_new_tokens.value;
    if (model.tokenizer) options.limit_vocab(model.tokenizer->vocab_size());
    return options;
}

void Sampling::add_to(JsonObject& object) const
{
    JsonObject from;
    auto const add = [&](const char* name, const auto& setting) {
        object[name] = setting.value;
        from[name] = setting.from;
    };
    add("temperature", temperature);
    add("top_k", top_k);
    add("top_p", top_p);
    add("repetition_penalty", repetition_penalty);
    add("presence_penalty", presence_penalty);
    add("frequency_penalty", frequency_penalty);
    add("no_repeat_ngram_size", no_repeat_ngram_size);
    add("min_p", min_p);
    add("typical_p", typical_p);
    add("epsilon_cutoff", epsilon_cutoff);
    add("min_new_tokens", min_new_tokens);
    add("max_new_tokens", max_new_tokens);
    object["end_of_text"] = end_of_text.tokens;
    from["end_of_text"] = nullptr;
    if (!end_of_text.source.empty()) from["end_of_text"] = end_of_text.source;
    object["from"] = from;
    object["not_implemented"] = not_implemented;
}

void Sampling::print_notice(const OpenedModel& model) const
{
    if (not_implemented.empty()) return;
    std::string fields;
    for (const std::string& field : not_implemented)
        fields.append(fields.empty() ? "" : ", ").append(field);
    std::string const text = "tfm: " + (model.folder / by_folder).string() + " sets " + fields +
                             ", which tfm does not implement: text is drawn without\n";
    std::fputs(text.c_str(), stderr);
}

Sampling choose_sampling(const GenerateCommand& command, const OpenedModel& model,
                         std::size_t prompt_tokens)
{
    auto const file = tfm::read_generation_config(model.folder, model.shape.vocab);
    tfm::GenerationConfig const folder = file.value_or(tfm::GenerationConfig{});
    auto const by_tokenizer = model.tokenizer ? model.tokenizer->end_of_text() : std::nullopt;
    // An option's count makes the folder's limit void, were it below the prompt.
    auto const count =
        command.max_new_tokens ? std::nullopt : new_tokens_of(folder, model, prompt_tokens);
    constexpr std::optional<double> no_number;
    return {
        .temperature = choose_temperature(command, folder),
        .top_k = first_of(command.top_k, folder.top_k, std::size_t{40}),
        .top_p = first_of(command.top_p, folder.top_p, 1.0),
        .repetition_penalty = first_of(command.repetition_penalty, folder.repetition_penalty, 1.0),
        .presence_penalty = first_of(command.presence_penalty, no_number, 0.0),
        .frequency_penalty = first_of(command.frequency_penalty, no_number, 0.0),
        .no_repeat_ngram_size =
            first_of(command.no_repeat_ngram_size, folder.no_repeat_ngram_size, std::size_t{0}),
        .min_p = first_of(command.min_p, folder.min_p, 0.0),
        .typical_p = first_of(command.typical_p, folder.typical_p, 1.0),
        .epsilon_cutoff = first_of(no_number, folder.epsilon_cutoff, 0.0),
        .min_new_tokens = first_of<std::size_t>(std::nullopt, folder.min_new_tokens, 0),
        .max_new_tokens = first_of(command.max_new_tokens, count, std::size_t{256}),
        .end_of_text = tfm::find_end_of_text(file, model.config, model.shape.vocab, by_tokenizer),
        .not_implemented = folder.not_implemented};
}

} // namespace tfm_program
