#pragma once

/// \file
/// Everything in a decoder's folder: how the commands that compute begin.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <tfm/any/model.hpp>
#include <tfm/models/hugging_face_config.hpp>

#include "commands.hpp"

namespace tfm_program {

/// What can be known of a folder before its weights are read.
struct OpenedModel {
    std::filesystem::path folder;
    std::string name;              ///< of its shape, or else of its family
    tfm::HuggingFaceConfig config; ///< config.json
    tfm::DecoderShape shape;       ///< by config.json
    tfm::Precision precision;
    std::optional<tfm::Tokenizer> tokenizer;
    std::string tokenizer_problem; ///< why there is none though the folder has files of one
    double milliseconds;           ///< that opening took

    /// Reads a prompt for this model.
    /// \param begins_texts whether an empty text is the token that begins texts
    Prompt read_prompt(const PromptOptions& options, bool begins_texts = false) const;

    /// A word on standard error about a tokenizer that cannot be used.
    void print_tokenizer_problem() const;

    /// Folder, shape, parameters and precision, in one line for people.
    std::string describe() const;

    /// Reads the weights, with a word on the terminal where that takes long.
    std::unique_ptr<tfm::any::Decoder> load() const;
};

/// Whether a model will do that has no tokenizer.
enum class Tokenizer { required, if_present };

/// What a prompt needs.
Tokenizer tokenizer_for(const PromptOptions& prompt);

/// Throws `tfm::Error` when the folder holds no decoder, a file is malformed, or there is no
/// tokenizer where one is required.
OpenedModel open_model(const std::filesystem::path& folder, tfm::Precision precision,
                       Tokenizer tokenizer);

/// The same, and throws it when the folder is missing or the precision is not linked.
OpenedModel open_model(const ModelOptions& options, Tokenizer tokenizer);

/// One session for `tfm::generate` after a prompt of so many tokens, with no more than `context`
/// positions.
std::unique_ptr<tfm::any::Batch> make_generator(const tfm::any::Decoder& model,
                                                std::size_t prompt_tokens,
                                                const tfm::GenerateOptions& options,
                                                std::size_t context = SIZE_MAX);

} // namespace tfm_program
