#pragma once

/// \file
/// Which folder a model is in.

#include <filesystem>
#include <optional>
#include <string>

namespace tfm_program {

/// The folder given, or else `TFM_MODEL` of the environment, or else the shipped model's.
/// Throws `tfm::Error` when there is no such folder.
std::filesystem::path find_model_folder(const std::optional<std::string>& given);

/// Throws `tfm::Error` naming `origin` when there is no such folder.
void require_folder(const std::filesystem::path& folder, const std::string& origin);

/// The weights of a folder: model.safetensors, or else the packed file. Only its name: it may be
/// missing.
std::filesystem::path weights_file(const std::filesystem::path& folder);

} // namespace tfm_program
