#pragma once

/// \file
/// The tokenizer in a decoder's folder.

#include <filesystem>
#include <optional>
#include <string>

#include <tfm/text/tokenizer.hpp>

namespace tfm_program {

/// The files that a decoder's tokenizer is read from, for people; empty where the folder has none.
std::string tokenizer_files(const std::filesystem::path& folder);

/// The tokenizer of a folder. Throws `tfm::Error` when there is none, it is malformed, or of a kind
/// that tfm does not implement.
tfm::Tokenizer load_tokenizer(const std::filesystem::path& folder);

/// A tokenizer, or why there is none that can be used.
struct FoundTokenizer {
    std::optional<tfm::Tokenizer> tokenizer;
    std::string problem; ///< empty where the folder has no tokenizer's files
};

/// The same for what takes ids, too.
FoundTokenizer find_tokenizer(const std::filesystem::path& folder);

} // namespace tfm_program
