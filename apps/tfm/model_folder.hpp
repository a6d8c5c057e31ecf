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

/// The same without a shipped model, for what none is shipped for, as `what` says.
std::filesystem::path require_model_folder(const std::optional<std::string>& given,
                                           const std::string& what);

/// Throws `tfm::Error` naming `origin` when there is no such folder.
void require_folder(const std::filesystem::path& folder, const std::string& origin);

} // namespace tfm_program
