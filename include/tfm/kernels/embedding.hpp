#pragma once

/// \file
/// Token and position embedding: rows of an ordinary table, or of the packed table that is also a
/// model's output head.

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include "../tensor/convert.hpp"
#include "../tensor/quantized.hpp"
#include "rows.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// out = column `token` of `tokens`, which holds fp32 or bf16; so may `out`.
///
/// The table is packed (width, vocab), so a token's vector is 4 bytes of each cell of its panel.
/// That gather costs some 10 microseconds a token and saves holding the largest matrix twice.
/// \pre `token` is within the table.
template <class TE, std::size_t Width, std::size_t Vocab, RowElement T>
void embed(View<TE, Packed<Width, Vocab>> tokens, std::size_t token, T* out) noexcept
{
    constexpr std::size_t group = k_group<std::remove_const_t<TE>>;
    const TE* const cells = &tokens(0, token);
    for (std::size_t i = 0; i < tokens.rows(); ++i) {
        out[i] = T(static_cast<float>(cells[i / group * (panel_width * group) + i % group]));
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

namespace detail {

/// An embedding table by its tokens.
template <class T>
struct TokenRows {
    Rows<T> rows;

    std::size_t vocab() const noexcept { return rows.extents[2]; }
    std::size_t width() const noexcept { return rows.width; }
    template <class To>
    void copy_to(std::size_t token, To* out) const noexcept
    {
        const T* const from = rows.at(0, 0, token);
        for (std::size_t i = 0; i < rows.width; ++i) out[i] = convert<To>(from[i]);
    }
};

/// A packed one.
template <class Packed>
struct TokenColumns {
    Packed table;

    std::size_t vocab() const noexcept { return table.cols(); }
    std::size_t width() const noexcept { return table.rows(); }
    template <class To>
    void copy_to(std::size_t token, To* out) const noexcept
    {
        embed(table, token, out);
    }
};

template <std::size_t Width, std::size_t Vocab>
auto token_table(QuantizedView<Width, Vocab> table) noexcept
{
    return TokenColumns<QuantizedView<Width, Vocab>>{table};
}
template <class T, class L>
auto token_table(View<T, L> table)
{
    static_assert(L::rank == 2, "tfm: an embedding table is a matrix, (vocab, width).");
    if constexpr (PackedLayout<L>)
        return TokenColumns<View<T, L>>{table};
    else
        return TokenRows<T>{rows_of("tfm::embedding", "the table", table)};
}

} // namespace detail

/// Row i of out = the vector of token `ids[i]` (PyTorch's `embedding`). `ids` is a vector, span or
/// array of n integers; `table` is (vocab, width) in contiguous rows, or packed (width, vocab) as a
/// model's output head is; `out` has n rows of the width, on one to three axes, such as (batch,
/// time, width). fp32 or bf16 go to either; a packed int8 table, a `QuantizedView`, goes to fp32.
/// Throws `tfm::Error` for an id that is none of the table, before anything is written, and where
/// shapes differ.
template <class Ids, class Table, TensorLike Out>
requires requires(const Ids& ids) { std::span(ids); }
void embedding(const Ids& ids, const Table& table, Out&& out)
{
    std::span const list(ids);
    static_assert(std::integral<typename decltype(list)::value_type>,
                  "tfm: the ids of tokens are integers.");
    auto const tokens = [&] {
        if constexpr (TensorLike<const Table>)
            return detail::token_table(tensor_detail::view_of(table));
        else
            return detail::token_table(table);
    }();
    auto const to = tensor_detail::view_of(out);
    static_assert(WritableOutput<typename decltype(to)::element_type>::value);
    auto const rows = detail::rows_of("tfm::embedding", "the output", to);
    require(rows.count() == list.size() && rows.width == tokens.width(), [&] {
        return "tfm::embedding: the output is " + tensor_detail::shape_of(to) + " for " +
               std::to_string(list.size()) + " ids of a table of width " +
               std::to_string(tokens.width());
    });
    for (auto const id : list) {
        // A negative id becomes one that is too large.
        require(static_cast<std::size_t>(id) < tokens.vocab(), [&] {
            return "tfm::embedding: there is no token " + std::to_string(id) + " in a table of " +
                   std::to_string(tokens.vocab());
        });
    }
    std::size_t next = 0;
    detail::for_each_row(
        [&](std::size_t, auto* row) {
            tokens.copy_to(static_cast<std::size_t>(list[next++]), row);
        },
        rows);
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
