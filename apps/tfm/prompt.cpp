#include "prompt.hpp"

#include <string_view>
#include <utility>

#include <tfm/config.hpp>
#include <tfm/text/chat_template.hpp>

#include "standard_streams.hpp"
#include "token_ids.hpp"

namespace tfm_program {

namespace {

void check_tokens(const std::vector<std::int32_t>& tokens, const std::string& name,
                  const PromptContext& context)
{
    check_length(tokens, name, context.max_tokens);
    check_in_vocabulary(tokens, name, {context.folder, context.vocab});
}

} // namespace

NamedText read_prompt_text(const PromptOptions& options, std::size_t context)
{
    // No token of the published vocabularies stands for more.
    constexpr std::size_t bytes_per_token = 1024;
    std::size_t const max_bytes = bytes_per_token * context;
    if (options.text) return {"--prompt", *options.text};
    if (options.file)
        return {*options.file,
                std::string(without_line_ending(read_file(*options.file, max_bytes)))};
    if (is_terminal(stdin)) return {"the prompt", ""};
    return {"standard input", std::string(without_line_ending(read_standard_input(max_bytes)))};
}

void check_length(const std::vector<std::int32_t>& tokens, const std::string& origin,
                  std::size_t context)
{
    tfm::require(!tokens.empty(), [&] { return origin + ": expected a prompt, found nothing"; });
    tfm::require(tokens.size() <= context, [&] {
        return origin + ": expected at most " + std::to_string(context) +
               " tokens, the context of the model; found " + std::to_string(tokens.size());
    });
}

void check_in_vocabulary(const std::vector<std::int32_t>& tokens, const std::string& origin,
                         const Vocabulary& vocabulary)
{
    for (std::int32_t const token : tokens) {
        tfm::require(static_cast<std::size_t>(token) < vocabulary.vocab, [&] {
            return origin + ": the tokenizer in " + vocabulary.folder.string() +
                   " gives token id " + std::to_string(token) +
                   ", which is out of range; the model has 0 to " +
                   std::to_string(vocabulary.vocab - 1);
        });
    }
}

namespace {

/// The tokens of a conversation that the user's text begins or continues.
std::vector<std::int32_t> encode_conversation(const PromptOptions& options, std::string text,
                                              const PromptContext& context)
{
    auto const format = tfm::read_chat_format(context.folder);
    tfm::require(format.has_value(), [&] {
        return context.folder.string() +
               ": expected a chat template in tokenizer_config.json or chat_template.jinja, found "
               "none; without --chat the prompt is read as it is";
    });
    std::vector<tfm::ChatMessage> messages;
    if (options.system) messages.push_back({"system", *options.system});
    messages.push_back({"user", std::move(text)});
    auto const tokens = tfm::chat_tokens_of(*context.tokenizer);
    return tfm::encode_chat(*context.tokenizer, tfm::apply_chat_format(*format, messages, tokens));
}

/// The token that begins texts, or else the one that ends them.
std::optional<std::int32_t> begin_token(const tfm::Tokenizer& tokenizer)
{
    return tokenizer.begin_of_text() ? tokenizer.begin_of_text() : tokenizer.end_of_text();
}

} // namespace

Prompt read_prompt(const PromptOptions& options, const PromptContext& context)
{
    Prompt prompt;
    if (options.tokens) {
        prompt.tokens = parse_token_ids(*options.tokens, "--tokens", context.vocab);
        check_tokens(prompt.tokens, "--tokens", context);
        return prompt;
    }
    NamedText source = read_prompt_text(options, context.max_tokens);
    if (options.is_chat) {
        prompt.tokens = encode_conversation(options, std::move(source.text), context);
    } else {
        prompt.tokens = context.tokenizer->encode(source.text);
        auto const begin = begin_token(*context.tokenizer);
        if (prompt.tokens.empty() && context.begins_texts && begin) prompt.tokens = {*begin};
        prompt.text = std::move(source.text);
    }
    check_tokens(prompt.tokens, source.name, context);
    return prompt;
}

} // namespace tfm_program
