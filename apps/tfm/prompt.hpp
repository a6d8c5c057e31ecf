#pragma once

/// \file
/// The prompt of a command, from wherever it comes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tfm/text/tokenizer.hpp>

namespace tfm_program {

/// Where a prompt comes from; at most one of the first three is given. None: standard input, where
/// that is no terminal.
struct PromptOptions {
    std::optional<std::string> text;
    std::optional<std::string> file;
    std::optional<std::string> tokens;
    bool is_chat = false;              ///< the prompt is what the user says in a conversation
    std::optional<std::string> system; ///< what the system says before
};

/// Text and the name by which errors call it.
struct NamedText {
    std::string name;
    std::string text;
};

/// The text of a prompt that is not given as ids. Throws `tfm::Error` when it cannot be read, or is
/// longer than any text of `context` tokens.
NamedText read_prompt_text(const PromptOptions& options, std::size_t context);

/// What a prompt is read for.
struct PromptContext {
    std::filesystem::path folder;    ///< named in errors
    const tfm::Tokenizer* tokenizer; ///< null: the prompt is ids
    std::size_t vocab;               ///< of the model
    std::size_t max_tokens;          ///< that fit
    bool begins_texts = false;       ///< whether an empty text is the token that begins texts
};

/// The tokens that a model has, and the folder that errors name.
struct Vocabulary {
    std::filesystem::path folder;
    std::size_t vocab;
};

/// Throws `tfm::Error` naming the text's `origin` for a token that the model has not.
void check_in_vocabulary(const std::vector<std::int32_t>& tokens, const std::string& origin,
                         const Vocabulary& vocabulary);

/// Throws `tfm::Error` naming the text's `origin` for no tokens, and for more than the context has
/// positions.
void check_length(const std::vector<std::int32_t>& tokens, const std::string& origin,
                  std::size_t context);

/// A prompt as the model takes it.
struct Prompt {
    std::optional<std::string> text; ///< none where it was given as ids, or is a conversation
    std::vector<std::int32_t> tokens;
};

/// Reads, encodes and checks a prompt. Throws `tfm::Error` when it cannot be read, is empty, longer
/// than what fits, or has a token that the model has not.
/// \pre there is a tokenizer, or the prompt is given as ids.
Prompt read_prompt(const PromptOptions& options, const PromptContext& context);

} // namespace tfm_program
