#include "prompt.hpp"

#include <string_view>

#include <tfm/config.hpp>

#include "standard_streams.hpp"
#include "token_ids.hpp"
#include "tokenizer.hpp"

namespace tfm_program {

namespace {

void check_tokens(const std::vector<std::int32_t>& tokens, const std::string& name,
                  const PromptContext& context)
{
    check_length(tokens, name, context.max_tokens);
    check_in_vocabulary(tokens, name, {context.folder, context.vocab});
}

} // namespace

NamedText read_prompt_text(const PromptOptions& options)
{
    if (options.text) return {"--prompt", *options.text};
    if (options.file)
        return {*options.file, std::string(without_line_ending(read_file(*options.file)))};
    if (is_terminal(stdin)) return {"the prompt", ""};
    return {"standard input", std::string(without_line_ending(read_standard_input()))};
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

Prompt read_prompt(const PromptOptions& options, const PromptContext& context)
{
    Prompt prompt;
    if (options.tokens) {
        prompt.tokens = parse_token_ids(*options.tokens, "--tokens", context.vocab);
        check_tokens(prompt.tokens, "--tokens", context);
        if (context.tokenizer == nullptr) return prompt;
        for (std::int32_t const token : prompt.tokens)
            prompt.text += token_text(*context.tokenizer, token);
        return prompt;
    }
    NamedText source = read_prompt_text(options);
    prompt.tokens = context.tokenizer->encode(source.text);
    prompt.text = std::move(source.text);
    if (prompt.tokens.empty() && context.begin_token) prompt.tokens = {*context.begin_token};
    check_tokens(prompt.tokens, source.name, context);
    return prompt;
}

} // namespace tfm_program
