#pragma once

/// \file
/// Everything in an encoder's folder, and the text that it is to read.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <tfm/any/model.hpp>
#include <tfm/models/family.hpp>

#include "commands.hpp"

namespace tfm_program {

/// A text, or two, as an encoder takes it.
struct EncoderTokens {
    std::vector<std::int32_t> tokens; ///< special tokens among them
    std::vector<std::int32_t> types;  ///< of each token; empty: all 0

    tfm::EncoderInput input() const { return {tokens, types}; }
};

/// What can be known of a folder before its weights are read.
struct OpenedEncoder {
    std::filesystem::path folder;
    tfm::HuggingFaceConfig json;
    tfm::EncoderFamily family; ///< by config.json
    tfm::Precision precision;

    /// Reads, encodes and checks a text. Throws `tfm::Error` when it cannot be read, has no tokens,
    /// more than fit, or one that the model has not.
    EncoderTokens read_text(const EncoderTextOptions& options) const;

    /// Reads the weights, those of the task on top among them.
    std::unique_ptr<tfm::any::Encoder> load(const tfm::any::EncoderTask& task) const;
};

/// Throws `tfm::Error` when the folder is missing or holds no encoder, or the precision is not
/// linked.
OpenedEncoder open_encoder(const ModelOptions& options);

/// Memory for one text.
tfm::EncoderWorkspaceOptions workspace_for(const EncoderTokens& text, std::size_t threads);

} // namespace tfm_program
