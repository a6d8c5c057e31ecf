#include "word_pieces.hpp"

#include <system_error>

#include <tfm/config.hpp>

namespace tfm_program {

namespace {

bool has_tokenizer(const std::filesystem::path& folder)
{
    std::error_code error;
    return std::filesystem::exists(folder / "tokenizer.json", error) ||
           std::filesystem::exists(folder / "vocab.txt", error);
}

} // namespace

tfm::WordPieceEncoder load_word_pieces(const std::filesystem::path& folder)
{
    tfm::require(has_tokenizer(folder), [&] {
        return folder.string() +
               ": expected a tokenizer (tokenizer.json or vocab.txt), found none; without one, "
               "classify and embed take ids with --tokens";
    });
    return tfm::WordPieceEncoder::load(folder);
}

std::optional<tfm::WordPieceEncoder>
load_word_pieces_if_present(const std::filesystem::path& folder)
{
    if (!has_tokenizer(folder)) return std::nullopt;
    try {
        return tfm::WordPieceEncoder::load(folder);
    } catch (const tfm::Error&) {
        return std::nullopt;
    }
}

} // namespace tfm_program
