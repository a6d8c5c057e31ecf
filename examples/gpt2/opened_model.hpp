#pragma once

/// \file
/// Everything in a model's folder: how the commands that compute begin.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"
#include "compiled_shapes.hpp"
#include "forward_cost.hpp"

namespace gpt2_program {

/// What can be known of a folder before its weights are read.
struct OpenedModel {
    std::filesystem::path folder;
    std::optional<std::size_t> stated_end_of_text; ///< by config.json
    const CompiledShape* shape;
    const CompiledPrecision* precision;
    std::optional<tfm::BytePairEncoder> tokenizer;
    double milliseconds; ///< that opening took

    /// The token that ends a text, by the tokenizer or else by config.json.
    std::optional<std::int32_t> end_of_text() const;

    /// Reads a prompt for this model; an empty text becomes `begin_token`.
    Prompt read_prompt(const PromptOptions& options,
                       std::optional<std::int32_t> begin_token = std::nullopt) const;

    ModelKind kind() const { return {shape->shape, precision->precision}; }
    const CompiledModel& compiled() const { return precision->model_of(*shape); }

    /// Folder, shape, parameters and precision, in one line for people.
    std::string describe() const;

    /// Reads the weights, with a word on the terminal where that takes long.
    std::unique_ptr<AnyModel> load() const;
};

/// Whether a model will do that has no tokenizer.
enum class Tokenizer { required, if_present };

/// What a prompt needs.
Tokenizer tokenizer_for(const PromptOptions& prompt);

/// Throws `tfm::Error` when its shape is not compiled in, a file is malformed, or there is no
/// tokenizer where one is required.
OpenedModel open_model(const std::filesystem::path& folder, const CompiledPrecision& precision,
                       Tokenizer tokenizer);

/// The same, and throws it when the folder is missing or the precision is not compiled in.
OpenedModel open_model(const ModelOptions& options, Tokenizer tokenizer);

} // namespace gpt2_program
