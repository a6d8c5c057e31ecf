#pragma once

/// \file
/// The tokenizer in an encoder's folder.

#include <filesystem>
#include <string>

#include <tfm/text/word_piece.hpp>

namespace tfm_program {

/// The tokenizer of a folder. Throws `tfm::Error` when there is none, it is malformed, or of a kind
/// that tfm does not implement.
tfm::WordPieceEncoder load_word_pieces(const std::filesystem::path& folder);

/// The files that an encoder's tokenizer is read from, for people; empty where the folder has none.
std::string word_piece_files(const std::filesystem::path& folder);

} // namespace tfm_program
