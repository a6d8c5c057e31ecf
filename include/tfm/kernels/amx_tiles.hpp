#pragma once

/// \file
/// The loops around AMX tiles.
///
/// Tiles multiply faster than anything else moves, so the order of the loops keeps both operands
/// near. 32 rows of inputs stay in L1, at most twelve products deep (24 KB), while panels stream by
/// from L2, where a block of them waits for all rows. The hardware's prefetcher brings panels;
/// asking for the next ones gained nothing there, since such requests take the same buffers as the
/// tiles' loads. (A single tile of rows, which meets panels once, does ask for them: see the atom.)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../parallel.hpp"
#include "../simd/atoms/amx.hpp"
#include "epilogue.hpp"
#include "operands.hpp"

#include "../hide_macros.hpp"

#if TFM_ISA_HAS_AMX

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// The last tile whose sums are made, on its way through the sink, a few rows at a time while the
/// next tile is being made.
template <class Sum, class Sink>
class TileInTransit {
public:
    /// Tiles are cut at multiples of `unit` rows.
    TileInTransit(Sink& sink, std::size_t unit) noexcept : sink_(sink), unit_(unit) {}

    /// Sends `tile` in about `steps` parts.
    void begin(const TileSumsOf<Sum>& tile, std::size_t steps) noexcept
    {
        tile_ = tile;
        part_ = divide_up(divide_up(tile.rows, unit_), steps) * unit_;
    }

    void advance() noexcept
    {
        if (tile_.rows > 0) send(std::min(part_, tile_.rows));
    }

    void finish() noexcept
    {
        if (tile_.rows > 0) send(tile_.rows);
    }

private:
    void send(std::size_t rows) noexcept
    {
        TileSumsOf<Sum> part = tile_;
        part.rows = rows;
        sink_(part);
        tile_.first_row += rows;
        tile_.rows -= rows;
        tile_.sums += rows * tile_.stride;
    }

    Sink& sink_;
    std::size_t unit_;
    TileSumsOf<Sum> tile_{};
    std::size_t part_ = 0;
};

/// Multiplies all rows of x with panels of w; results go to `sink` as they are made. T is bf16 or
/// std::int8_t. Tiles begin at multiples of `unit` rows, which divides 16.
template <class T, class Sink>
class AmxTiles {
    using Atom = simd::AmxAtom<T>;
    using Sum = typename Atom::sum_type;

    /// Inputs that stay in L1: with more of them the rate fell from nine tenths of the peak to two
    /// thirds.
    static constexpr std::size_t max_chunk = 12 * Atom::register_k;
    /// Bytes of a block of panels, which has room in L2 beside inputs and results.
    static constexpr std::size_t block_bytes = 512 * 1024;
    /// Panels of a block whose sums wait between chunks of k: 64 KB of sums.
    static constexpr std::size_t max_panels = 32;

public:
    AmxTiles(RowsPointer<T> x, PackedPointer<T> w, std::size_t unit, Sink& sink) noexcept
        : x_(x), w_(w), row_tiles_(divide_up(x.rows, Atom::max_rows)),
          // A single tile of rows meets each panel once: memory bounds it, and panels are best read
          // whole.
          chunks_(row_tiles_ > 1 && w.k > 0 ? divide_up(w.k, max_chunk) : 1), transit_(sink, unit)
    {
    }

    void run(PanelRange range) noexcept
    {
        if (chunks_ > 1) {
            run_in_chunks(range);
        } else {
            run_blocks(range, nullptr);
        }
    }

private:
    const T* panel(std::size_t index) const noexcept { return w_.data + index * w_.panel_stride; }

    /// A function of its own: the sums of a tile of rows and a block of panels that wait between
    /// chunks of k take 64 KB of the stack, which attention, whose k is short, never needs.
    [[gnu::noinline]] void run_in_chunks(PanelRange range) noexcept
    {
        alignas(alignment) Sum waiting[max_panels / 2 * Atom::max_sums];
        run_blocks(range, waiting);
    }

    void run_blocks(PanelRange range, Sum* waiting) noexcept
    {
        for (PanelRange block = block_at(range, range.begin); block.size() > 0;
             block = block_at(range, block.end)) {
            for (std::size_t tile = 0; tile < row_tiles_; ++tile) {
                std::size_t const first = tile * Atom::max_rows;
                IndexRange const rows{first, std::min(first + Atom::max_rows, x_.rows)};
                for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
                    run_chunk(block, rows, chunk, waiting);
                }
            }
        }
        transit_.finish();
    }

    /// Inputs before chunk `index`.
    std::size_t chunk_begin(std::size_t index) const noexcept
    {
        std::size_t const steps = divide_up(w_.k, Atom::register_k);
        return std::min(steps * index / chunks_ * Atom::register_k, w_.k);
    }

    /// The block of panels that begins at `begin`: empty at the end of `range`.
    PanelRange block_at(PanelRange range, std::size_t begin) const noexcept
    {
        std::size_t panels = Atom::panels_for(x_.rows);
        if (row_tiles_ > 1) {
            std::size_t const panel_bytes = std::max(w_.panel_stride * sizeof(T), std::size_t{1});
            std::size_t const fitting = block_bytes / panel_bytes;
            panels = std::clamp(fitting / 4 * 4, std::size_t{4}, max_panels);
        }
        return {begin, std::min(begin + panels, range.end)};
    }

    void run_chunk(PanelRange block, IndexRange rows, std::size_t chunk, Sum* waiting) noexcept
    {
        std::size_t const begin = chunk_begin(chunk);
        std::size_t const k = chunk_begin(chunk + 1) - begin;
        for (std::size_t first = block.begin; first < block.end;) {
            std::size_t panels = Atom::panels_for(rows.size());
            while (panels > block.end - first) panels /= 2;
            bool const is_last = chunk + 1 == chunks_;
            Sum* const made = is_last ? sums_[turn_] : waiting;
            atom_.multiply({rows.size(), panels, x_.data + rows.begin * x_.stride + begin,
                            x_.stride, panel(first) + begin * panel_width, w_.panel_stride, k},
                           chunk == 0 ? nullptr : waiting, made, [&] { transit_.advance(); });
            if (is_last) pass_on(first, panels, rows, k);
            if (waiting != nullptr) waiting += rows.size() * panels * panel_width;
            first += panels;
        }
    }

    /// Hands the sums just made to the sink, while the next ones are made.
    void pass_on(std::size_t first_panel, std::size_t panels, IndexRange rows,
                 std::size_t k) noexcept
    {
        transit_.finish();
        std::size_t const first_col = first_panel * panel_width;
        std::size_t const width = panels * panel_width;
        transit_.begin({rows.begin, rows.size(), first_col, std::min(width, w_.n - first_col),
                        sums_[turn_], width},
                       std::max(k / Atom::register_k, std::size_t{1}));
        turn_ ^= 1U;
    }

    RowsPointer<T> x_;
    PackedPointer<T> w_;
    std::size_t row_tiles_;
    std::size_t chunks_;
    Atom atom_;
    TileInTransit<Sum, Sink> transit_;
    std::size_t turn_ = 0;
    alignas(alignment) Sum sums_[2][Atom::max_sums];
};

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#endif

#include "../restore_macros.hpp"
