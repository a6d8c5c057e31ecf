#pragma once

/// \file
/// The tokenizer in a decoder's folder.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include <tfm/text/tokenizer.hpp>

namespace tfm_program {

/// The tokenizer of a folder. Throws `tfm::Error` when there is none, it is malformed, or of a kind
/// that tfm does not implement.
tfm::Tokenizer load_tokenizer(const std::filesystem::path& folder);

/// The same; nothing where the folder has none. One of a kind that tfm does not implement counts as
/// none: the model still takes ids.
std::optional<tfm::Tokenizer> load_tokenizer_if_present(const std::filesystem::path& folder);

/// The bytes of a model's token; U+FFFD for one that the tokenizer does not have, as where the
/// vocabulary of the model was rounded up.
std::string_view token_text(const tfm::Tokenizer& tokenizer, std::int32_t token);

} // namespace tfm_program
