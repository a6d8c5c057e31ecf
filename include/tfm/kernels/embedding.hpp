#pragma once

/// \file
/// Token and position embedding, looked up in the packed table that is also the output head.

#include <cstddef>

#include "../simd/vec.hpp"
#include "../tensor/view.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// out = column `token` of `tokens`.
///
/// The table is packed (width, vocab), so a token's vector is one float of each of `width` cells.
/// That gather costs some 10 microseconds a token and saves holding the largest matrix twice.
/// \pre `token` is within the table.
template <Fp32 TE, std::size_t Width, std::size_t Vocab>
void embed(View<TE, Packed<Width, Vocab>> tokens, std::size_t token, float* out) noexcept
{
    const float* const cells = tokens.data() + tokens.layout().template offset<float>(0, token);
    for (std::size_t i = 0; i < tokens.rows(); ++i) out[i] = cells[i * panel_width];
}

/// out = column `token` of `tokens` + row `position` of `positions`, all of one width.
/// \pre `token` and `position` are within the tables.
template <Fp32 TE, std::size_t Width, std::size_t Vocab, Fp32 TP, RowsLayout LP>
void embed(View<TE, Packed<Width, Vocab>> tokens, View<TP, LP> positions, std::size_t token,
           std::size_t position, float* out) noexcept
{
    static_assert(SameExtent<PackedK<Width>, SourceColumns<LP::cols>>::value);
    embed(tokens, token, out);
    const float* const offsets = positions.row(position);
    for (std::size_t i = 0; i < tokens.rows(); ++i) out[i] += offsets[i];
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
