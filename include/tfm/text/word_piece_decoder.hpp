#pragma once

/// \file
/// Text from WordPiece's tokens.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../config.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// What the decoder `WordPiece` of Hugging Face's tokenizers does with each token.
struct WordPieceDecoder {
    std::string prefix = "##"; ///< of what goes on with a word
    bool cleans_up = true;     ///< whether spaces before punctuation and contractions are dropped

    /// Appends a token of a row, with a space before it where it begins a word.
    void append(std::string_view token, bool is_first, std::string& text) const
    {
        std::string piece;
        if (is_first || !token.starts_with(prefix)) {
            piece = (is_first ? "" : " ") + std::string(token);
        } else {
            piece = token.substr(prefix.size());
        }
        if (cleans_up) clean_up(piece);
        text += piece;
    }

private:
    static void clean_up(std::string& piece)
    {
        // One after the other, as that library does it, "do not" included.
        constexpr std::array<std::pair<std::string_view, std::string_view>, 11> rules{{
            {" .", "."},
            {" ?", "?"},
            {" !", "!"},
            {" ,", ","},
            {" ' ", "'"},
            {" n't", "n't"},
            {" 'm", "'m"},
            {" do not", " don't"},
            {" 's", "'s"},
            {" 've", "'ve"},
            {" 're", "'re"},
        }};
        for (auto const& [from, to] : rules) {
            std::size_t at = piece.find(from);
            for (; at != piece.npos; at = piece.find(from, at + to.size()))
                piece.replace(at, from.size(), to);
        }
    }
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
