#pragma once

/// \file
/// The development set of SST-2.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace sst2_program {

/// A sentence and whether it is friendly.
struct Sentence {
    std::string text;
    std::size_t label; ///< 0: negative, 1: positive
};

/// Reads a table as GLUE has it: a line `sentence TAB label`, then a sentence a line.
/// Throws `tfm::Error` naming file and line.
std::vector<Sentence> read_sentences(const std::filesystem::path& file);

/// Writes a vocab.txt of `size` tokens to a folder, for models with random parameters: BERT's
/// special tokens, printable ASCII characters that begin a word or go on with one, and fillers.
/// Throws `tfm::Error` when it cannot be written.
void write_character_vocabulary(const std::filesystem::path& folder, std::size_t size);

} // namespace sst2_program
