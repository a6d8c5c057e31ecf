#pragma once

/// \file
/// The loops around 16-bit products of int8, where there is no instruction for products of bytes.
///
/// A panel is widened once for a block of rows, some inputs at a time, which then stay in L1;
/// inputs are widened for each tile of rows. Activations that are two rows of bytes become one of
/// 16 bits.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "../parallel.hpp"
#include "../simd/atoms/int16.hpp"
#include "epilogue.hpp"
#include "operands.hpp"

#include "../hide_macros.hpp"

#if TFM_WIDENS_INT8

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Multiplies activations of `Halves` rows of int8 each with panels of w; sums go to `sink` as
/// those of `run_tiles` do.
template <std::size_t Halves, class Sink>
class WideTiles {
    using Atom = simd::Int16Atom;

    /// Inputs taken at once: sums of 16 times 8 bits cannot overflow before 512 of them.
    static constexpr std::size_t max_chunk = 256;
    /// Panels that share widened inputs. Their own widened chunks take 16 KB.
    static constexpr std::size_t max_panels = 2;
    /// Rows that share widened weights.
    static constexpr std::size_t block_rows = 64;
    static constexpr std::size_t tile_rows = static_cast<std::size_t>(Atom::max_rows);
    static constexpr std::size_t width = max_panels * panel_width; ///< of a row of sums

public:
    WideTiles(RowsPointer<std::int8_t> x, PackedPointer<std::int8_t> w, Sink& sink) noexcept
        : x_(x), w_(w), sink_(sink)
    {
    }

    /// A function of its own: an object takes some 30 KB of the stack.
    [[gnu::noinline]] static void run(RowsPointer<std::int8_t> x, PackedPointer<std::int8_t> w,
                                      PanelRange range, Sink& sink) noexcept
    {
        WideTiles tiles(x, w, sink);
        std::size_t const rows = x.rows / Halves;
        for (std::size_t first = 0; first < rows; first += block_rows) {
            for (std::size_t panel = range.begin; panel < range.end; panel += max_panels) {
                tiles.multiply({first, std::min(first + block_rows, rows)},
                               {panel, std::min(panel + max_panels, range.end)});
            }
        }
    }

private:
    void multiply(IndexRange rows, PanelRange panels) noexcept
    {
        std::fill_n(sums_, rows.size() * Halves * width, 0);
        for (std::size_t begin = 0; begin < w_.k; begin += max_chunk) {
            IndexRange const chunk{begin, std::min(begin + max_chunk, w_.k)};
            widen_weights(panels, chunk);
            for (std::size_t row = rows.begin; row < rows.end; row += tile_rows) {
                IndexRange const tile{row, std::min(row + tile_rows, rows.end)};
                widen_inputs(tile, chunk);
                for (std::size_t panel = 0; panel < panels.size(); ++panel) {
                    std::int32_t products[tile_rows * panel_width];
                    Atom::multiply(tile.size(), 1, inputs_, max_chunk,
                                   weights_ + panel * max_chunk * panel_width, 0, chunk.size(),
                                   products, panel_width);
                    for (std::size_t i = 0; i < tile.size(); ++i) {
                        add(products + i * panel_width,
                            sums_ + (row - rows.begin + i) * Halves * width + panel * panel_width);
                    }
                }
            }
        }
        pass_on(rows, panels);
    }

    void widen_weights(PanelRange panels, IndexRange chunk) noexcept
    {
        for (std::size_t i = 0; i < panels.size(); ++i) {
            simd::widen_cells(
                w_.data + (panels.begin + i) * w_.panel_stride + chunk.begin * panel_width,
                divide_up(chunk.size(), std::size_t{4}), weights_ + i * max_chunk * panel_width);
        }
    }

    void widen_inputs(IndexRange rows, IndexRange chunk) noexcept
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::int8_t* const x =
                x_.data + (rows.begin + i) * Halves * x_.stride + chunk.begin;
            if constexpr (Halves == 2) {
                simd::join_halves(x, x + x_.stride, chunk.size(), inputs_ + i * max_chunk);
            } else {
                simd::widen_row(x, chunk.size(), inputs_ + i * max_chunk);
            }
        }
    }

    /// Adds a row of a chunk's sums. Of halves the first row of sums counts 256 times.
    static void add(const std::int32_t* products, std::int32_t* to) noexcept
    {
        for (std::size_t i = 0; i < panel_width; ++i) {
            if constexpr (Halves == 2) {
                to[i] += products[i] >> 8;
                to[width + i] += products[i] & 255;
            } else {
                to[i] += products[i];
            }
        }
    }

    /// Hands the sums to the sink, as many at a time as it takes.
    void pass_on(IndexRange rows, PanelRange panels) noexcept
    {
        std::size_t const first_col = panels.begin * panel_width;
        std::size_t const cols = std::min(panels.size() * panel_width, w_.n - first_col);
        std::size_t const end = rows.size() * Halves;
        constexpr std::size_t most = max_tile_size / width;
        for (std::size_t i = 0; i < end; i += most) {
            sink_(TileSumsOf<std::int32_t>{rows.begin * Halves + i, std::min(most, end - i),
                                           first_col, cols, sums_ + i * width, width});
        }
    }

    RowsPointer<std::int8_t> x_;
    PackedPointer<std::int8_t> w_;
    Sink& sink_;
    alignas(alignment) std::int16_t weights_[max_panels * max_chunk * panel_width];
    alignas(alignment) std::int16_t inputs_[tile_rows * max_chunk];
    alignas(alignment) std::int32_t sums_[block_rows * Halves * width];
};

/// Rows of int8 from which on widening pays. Fewer are bound by reading the weights; activations of
/// single bytes multiply faster as they are where it was measured (Zen 5: 130 GOP/s against 115).
template <std::size_t Halves>
inline constexpr std::size_t min_wide_rows = Halves == 2 ? 8
                                                         : std::numeric_limits<std::size_t>::max();

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#endif

#include "../restore_macros.hpp"
