#include "word_pieces.hpp"

#include <system_error>

#include <tfm/config.hpp>

namespace tfm_program {

std::string word_piece_files(const std::filesystem::path& folder)
{
    std::error_code error;
    for (const char* const name : {"tokenizer.json", "vocab.txt"})
        if (std::filesystem::exists(folder / name, error)) return name;
    return "";
}

tfm::WordPieceEncoder load_word_pieces(const std::filesystem::path& folder)
{
    tfm::require(!word_piece_files(folder).empty(), [&] {
        return folder.string() +
               ": expected a tokenizer (tokenizer.json or vocab.txt), found none; without one, "
               "classify and embed take ids with --tokens";
    });
    return tfm::WordPieceEncoder::load(folder);
}

} // namespace tfm_program
