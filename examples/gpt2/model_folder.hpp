#pragma once

/// \file
/// Which folder a model is in, and the tokenizer there.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <tfm/text/byte_pair_encoder.hpp>

namespace gpt2_program {

/// The folder given, or else `TFM_MODEL` of the environment, or else the shipped model's.
/// Throws `tfm::Error` when there is no such folder.
std::filesystem::path find_model_folder(const std::optional<std::string>& given);

/// Throws `tfm::Error` naming `origin` when there is no such folder.
void require_folder(const std::filesystem::path& folder, const std::string& origin);

/// The weights of a folder: model.safetensors, or else the packed file. Only its name: it may be
/// missing.
std::filesystem::path weights_file(const std::filesystem::path& folder);

/// Whether a folder has one of the files of a tokenizer.
bool has_tokenizer(const std::filesystem::path& folder);

/// The tokenizer of a folder. Throws `tfm::Error` when there is none or it is malformed.
tfm::BytePairEncoder load_tokenizer(const std::filesystem::path& folder);

/// The same; nothing where the folder has none.
std::optional<tfm::BytePairEncoder> load_tokenizer_if_present(const std::filesystem::path& folder);

/// The bytes of a model's token; U+FFFD for one that the tokenizer does not have, as where the
/// vocabulary of the model was rounded up.
std::string_view token_text(const tfm::BytePairEncoder& tokenizer, std::int32_t token);

} // namespace gpt2_program
