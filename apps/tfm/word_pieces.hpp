#pragma once

/// \file
/// The tokenizer in an encoder's folder.

#include <filesystem>
#include <optional>

#include <tfm/text/word_piece.hpp>

namespace tfm_program {

/// The tokenizer of a folder. Throws `tfm::Error` when there is none, it is malformed, or of a kind
/// that tfm does not implement.
tfm::WordPieceEncoder load_word_pieces(const std::filesystem::path& folder);

/// The same; nothing where the folder has none, or one of a kind that tfm does not implement.
std::optional<tfm::WordPieceEncoder>
load_word_pieces_if_present(const std::filesystem::path& folder);

} // namespace tfm_program
