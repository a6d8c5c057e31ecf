#pragma once

/// \file
/// From a padded batch, as other libraries have it, to sequences of their own lengths.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "../config.hpp"
#include "encoder_workspace.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Sequences filled up to one length, row by row.
struct PaddedBatch {
    std::size_t length;            ///< of every row
    std::span<const Token> tokens; ///< (rows, length)
    std::span<const Token> mask;   ///< (rows, length): 1 for a token, 0 for the padding behind them
    std::span<const Token> types = {}; ///< (rows, length), or none
};

/// The sequences without their padding, which is then not computed. They refer to the batch.
/// Throws `tfm::Error` naming the row: sizes that do not match, a mask of other numbers, padding
/// before a token (its position would be lost), or a row of nothing but padding.
inline std::vector<EncoderInput> without_padding(const PaddedBatch& batch)
{
    std::size_t const size = batch.tokens.size();
    require(batch.length > 0 && size % batch.length == 0 && batch.mask.size() == size &&
                (batch.types.empty() || batch.types.size() == size),
            [&] {
                return "tfm::without_padding: expected tokens, mask and types (or none) of whole "
                       "rows of " +
                       std::to_string(batch.length) + ", found " + std::to_string(size) + ", " +
                       std::to_string(batch.mask.size()) + " and " +
                       std::to_string(batch.types.size());
            });
    std::vector<EncoderInput> sequences;
    sequences.reserve(size / batch.length);
    for (std::size_t first = 0; first < size; first += batch.length) {
        auto const who = [&] {
            return "tfm::without_padding: row " + std::to_string(first / batch.length);
        };
        auto const mask = batch.mask.subspan(first, batch.length);
        std::size_t count = 0;
        while (count < mask.size() && mask[count] == 1) ++count;
        for (std::size_t i = count; i < mask.size(); ++i) {
            require(mask[i] == 0, [&] {
                return who() + ": expected a mask of ones and then zeros, found " +
                       std::to_string(mask[i]) + " at " + std::to_string(i);
            });
        }
        require(count > 0, [&] { return who() + " is nothing but padding"; });
        sequences.push_back(
            {batch.tokens.subspan(first, count),
             batch.types.empty() ? batch.types : batch.types.subspan(first, count)});
    }
    return sequences;
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
