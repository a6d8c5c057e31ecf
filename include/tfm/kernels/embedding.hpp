#pragma once

/// \file
/// Token and position embedding, looked up in the packed table that is also the output head.

#include <cstddef>
#include <type_traits>

#include "../simd/isa.hpp"
#include "../tensor/quantized.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// out = column `token` of `tokens`, which holds fp32 or bf16.
///
/// The table is packed (width, vocab), so a token's vector is 4 bytes of each cell of its panel.
/// That gather costs some 10 microseconds a token and saves holding the largest matrix twice.
/// \pre `token` is within the table.
template <class TE, std::size_t Width, std::size_t Vocab>
void embed(View<TE, Packed<Width, Vocab>> tokens, std::size_t token, float* out) noexcept
{
    constexpr std::size_t group = k_group<std::remove_const_t<TE>>;
    const TE* const cells = &tokens(0, token);
    for (std::size_t i = 0; i < tokens.rows(); ++i) {
        out[i] = static_cast<float>(cells[i / group * (panel_width * group) + i % group]);
    }
}

/// The same of a table of int8 values with a scale per token.
/// \pre `token` is within the table.
template <std::size_t Width, std::size_t Vocab>
void embed(QuantizedView<Width, Vocab> tokens, std::size_t token, float* out) noexcept
{
    embed(tokens.values, token, out);
    for (std::size_t i = 0; i < tokens.rows(); ++i) out[i] *= tokens.scales[token];
}

/// out = column `token` of `tokens` + row `position` of `positions`, all of one width.
/// \pre `token` and `position` are within the tables.
template <class Tokens, Fp32 TP, RowsLayout LP>
void embed(Tokens tokens, View<TP, LP> positions, std::size_t token, std::size_t position,
           float* out) noexcept
{
    using Table = std::remove_cvref_t<decltype(tokens.layout())>;
    static_assert(SameExtent<PackedK<Table::rows>, SourceColumns<LP::cols>>::value);
    embed(tokens, token, out);
    const float* const offsets = positions.row(position);
    for (std::size_t i = 0; i < tokens.rows(); ++i) out[i] += offsets[i];
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
