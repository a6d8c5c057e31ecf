#pragma once

/// \file
/// Everything in a model's folder: how the commands that compute begin.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include <tfm/io/gpt2_config.hpp>

#include "commands.hpp"
#include "compiled_shapes.hpp"

namespace gpt2_program {

/// What can be known of a folder before its weights are read.
struct OpenedModel {
    std::filesystem::path folder;
    tfm::Gpt2Config config;
    const CompiledShape* shape;
    std::optional<tfm::BytePairEncoder> tokenizer;
    double milliseconds; ///< that opening took

    /// The token that ends a text, by the tokenizer or else by config.json.
    std::optional<std::int32_t> end_of_text() const;

    /// Reads a prompt for this model; an empty text becomes `begin_token`.
    Prompt read_prompt(const PromptOptions& options,
                       std::optional<std::int32_t> begin_token = std::nullopt) const;

    /// Reads the weights, with a word on the terminal where that takes long.
    std::unique_ptr<AnyModel> load() const;
};

/// Throws `tfm::Error` when the folder is missing, its shape is not compiled in, a file is
/// malformed, the prompt needs a tokenizer that is not there, or the precision is not implemented.
OpenedModel open_model(const ModelOptions& options, const PromptOptions& prompt);

/// Throws `tfm::Error` naming what there is, unless there are kernels for a precision.
void check_precision(const std::string& precision);

} // namespace gpt2_program
