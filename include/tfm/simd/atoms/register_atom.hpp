#pragma once

/// \file
/// Register tiles over packed cells, written once for every instruction that multiplies and adds in
/// vector registers. A *step* states one (dtype, ISA): its registers, how a cell and an input are
/// read, and how they are accumulated.

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "../../parallel.hpp"
#include "../../tensor/layout.hpp"
#include "../isa.hpp"

#include "../../hide_macros.hpp"

#if defined(__clang__)
#define TFM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TFM_UNROLL _Pragma("GCC unroll 16")
#endif

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// y = x W on a tile of registers. Step offers:
/// - `input_type`, `weight_type`, `sum_type`, and `Sum`, a register of sums;
/// - `registers_per_cell`; `accumulators`, the registers that sums may take; `others`, those taken
///   beside sums, inputs and weights;
/// - `phases`: parts in which the k_group inputs of a cell are taken;
/// - `start(x, k)`: what a row's sums begin with; `cell(p, phase)`: one register of weights;
///   `input(p, phase)`: k_group inputs, broadcast; `accumulate(sum, input, cell)`; `store`.
template <class Step>
struct RegisterAtom {
    using input_type = typename Step::input_type;
    using weight_type = typename Step::weight_type;
    using sum_type = typename Step::sum_type;

    static constexpr int registers_per_cell = Step::registers_per_cell;

    /// Rows of the largest tile. On 32 registers two panels share each broadcast, so that
    /// multiplications outnumber loads 24 to 14.
    static constexpr int max_rows = [] {
        int const panels = registers_per_cell == 1 ? 2 : 1;
        int const rows = Step::accumulators / (panels * registers_per_cell);
        return rows < 1 ? 1 : rows;
    }();

    /// Panels of a tile of `rows`: as many as there are registers for, at most 4. Few rows take
    /// more panels, which hides latency and keeps several streams of weights in flight.
    static constexpr int panels_for(int rows) noexcept
    {
        for (int panels = 4; panels > 1; panels /= 2) {
            int const columns = panels * registers_per_cell;
            int const operands = std::min(rows, columns) + 1 + Step::others;
            if (rows * columns <= std::min(Step::accumulators, vector_registers - operands))
                return panels;
        }
        return 1;
    }

    /// The rows of one of `tiles` tiles, shared out evenly: a tile of one leftover row would run at
    /// a twelfth of the rate. Tiles begin at multiples of `unit`.
    static constexpr IndexRange tile_rows(std::size_t tile, std::size_t tiles, std::size_t rows,
                                          std::size_t unit) noexcept
    {
        return {tile * (rows / unit) / tiles * unit, (tile + 1) * (rows / unit) / tiles * unit};
    }

    /// Accumulates one tile over `k` inputs.
    /// \param x         `rows` inputs, `x_stride` apart.
    /// \param cells     the first panel at the first input's cell; panels are `panel_stride` apart.
    /// \param out       rows x (16 * panels) sums, rows `out_stride` apart.
    /// \pre 1 <= rows <= max_rows and panels is 1, 2 or 4 and at most panels_for(rows).
    static void multiply(std::size_t rows, std::size_t panels, const input_type* x,
                         std::size_t x_stride, const weight_type* cells, std::size_t panel_stride,
                         std::size_t k, sum_type* out, std::size_t out_stride) noexcept
    {
        kernels[rows - 1][panels / 2](x, x_stride, cells, panel_stride, k, out, out_stride);
    }

private:
    using Kernel = void (*)(const input_type*, std::size_t, const weight_type*, std::size_t,
                            std::size_t, sum_type*, std::size_t) noexcept;

    template <int Rows, int Panels>
    static void tile(const input_type* x, std::size_t x_stride, const weight_type* cells,
                     std::size_t panel_stride, std::size_t k, sum_type* out,
                     std::size_t out_stride) noexcept
    {
        using Input = decltype(Step::input(x, 0));
        constexpr std::size_t rows = Rows;
        constexpr std::size_t per_cell = registers_per_cell;
        constexpr std::size_t registers = Panels * per_cell;
        constexpr std::size_t group = 4 / sizeof(weight_type);
        constexpr std::size_t cell_size = panel_width * group;
        constexpr std::size_t register_size = cell_size / per_cell;

        typename Step::Sum sum[rows][registers];
        TFM_UNROLL
        for (std::size_t row = 0; row < rows; ++row) {
            auto const first = Step::start(x + row * x_stride, k);
            TFM_UNROLL
            for (std::size_t r = 0; r < registers; ++r) sum[row][r] = first;
        }
        auto const weights_at = [&](const weight_type* cell, std::size_t r, std::size_t phase) {
            return Step::cell(cell + r / per_cell * panel_stride + r % per_cell * register_size,
                              phase);
        };
        auto const add = [&](const input_type* inputs, std::size_t stride,
                             const weight_type* cell) {
            TFM_UNROLL
            for (std::size_t phase = 0; phase < Step::phases; ++phase) {
                // What a phase has loaded is loaded again in the next: no register is free for it.
                if constexpr (Step::phases > 1) __asm__("" : "+r"(cell));
                // Of the two operands the fewer registers are held, the others pass by one by one.
                if constexpr (rows < registers) {
                    Input held[rows];
                    TFM_UNROLL
                    for (std::size_t row = 0; row < rows; ++row) {
                        held[row] = Step::input(inputs + row * stride, phase);
                    }
                    TFM_UNROLL
                    for (std::size_t r = 0; r < registers; ++r) {
                        auto const weight = weights_at(cell, r, phase);
                        TFM_UNROLL
                        for (std::size_t row = 0; row < rows; ++row) {
                            Step::accumulate(sum[row][r], held[row], weight);
                        }
                    }
                } else {
                    typename Step::Cell held[registers];
                    TFM_UNROLL
                    for (std::size_t r = 0; r < registers; ++r) {
                        held[r] = weights_at(cell, r, phase);
                    }
                    TFM_UNROLL
                    for (std::size_t row = 0; row < rows; ++row) {
                        auto const input = Step::input(inputs + row * stride, phase);
                        TFM_UNROLL
                        for (std::size_t r = 0; r < registers; ++r) {
                            Step::accumulate(sum[row][r], input, held[r]);
                        }
                    }
                }
            }
        };
        std::size_t const groups = k / group;
        if constexpr (group > 1) {
            std::size_t const rest = k - groups * group;
            if (rest > 0) { // nothing may be read beyond a row's end
                input_type last[rows * group] = {};
                for (std::size_t row = 0; row < rows; ++row) {
                    std::copy_n(x + row * x_stride + groups * group, rest, last + row * group);
                }
                add(last, group, cells + groups * cell_size);
            }
        }
        for (std::size_t i = 0; i < groups; ++i) {
            add(x + i * group, x_stride, cells + i * cell_size);
        }
        TFM_UNROLL
        for (std::size_t row = 0; row < rows; ++row) {
            TFM_UNROLL
            for (std::size_t r = 0; r < registers; ++r) {
                Step::store(out + row * out_stride + r * (panel_width / per_cell), sum[row][r]);
            }
        }
    }

    template <int Rows, int Panels>
    static constexpr Kernel entry() noexcept
    {
        if constexpr (Panels <= panels_for(Rows)) {
            return &tile<Rows, Panels>;
        } else {
            return nullptr;
        }
    }

    template <int... Index>
    static constexpr auto make_table(std::integer_sequence<int, Index...>) noexcept
    {
        return std::array<std::array<Kernel, 3>, sizeof...(Index)>{std::array<Kernel, 3>{
            entry<Index + 1, 1>(), entry<Index + 1, 2>(), entry<Index + 1, 4>()}...};
    }

    /// The tiles by rows and panels: kernels are keyed by dtype, tile and ISA, never by the shape
    /// of a model.
    static constexpr auto kernels = make_table(std::make_integer_sequence<int, max_rows>{});
};

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../../restore_macros.hpp"
