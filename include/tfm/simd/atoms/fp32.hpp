#pragma once

/// \file
/// The fp32 atom: a register tile of `rows` x `16 * panels` outputs, accumulated by FMA over packed
/// cells.

#include <cstddef>

#include "../../tensor/layout.hpp"
#include "../vec.hpp"

#if defined(__clang__)
#define TFM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define TFM_UNROLL _Pragma("GCC unroll 16")
#endif

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// y += x W for fp32 inputs and fp32 cells.
struct Fp32Atom {
    using input_type = float;
    using weight_type = float;

    static constexpr int registers_per_cell = static_cast<int>(panel_width / lanes);

    /// Registers for accumulators. A step over k also holds one cell per panel and one broadcast
    /// input: 24 + 2 + 1 of AVX-512's 32 registers at 12 x 2, 12 + 2 + 1 of AVX2's 16 at 6 x 1.
    static constexpr int accumulators = vector_registers == 32 ? 24 : 12;

    /// Rows of the largest tile. On 32 registers two panels share each broadcast, so that FMAs
    /// outnumber loads 24 to 14.
    static constexpr int max_rows = [] {
        int const panels = registers_per_cell == 1 ? 2 : 1;
        int const rows = accumulators / (panels * registers_per_cell);
        return rows < 1 ? 1 : rows;
    }();

    /// Panels of a tile of `rows`: as many as the accumulators allow, at most 4. Few rows take more
    /// panels, which hides FMA latency and keeps several streams of weights in flight.
    static constexpr int panels_for(int rows) noexcept
    {
        for (int panels = 4; panels > 1; panels /= 2) {
            if (rows * panels * registers_per_cell <= accumulators) return panels;
        }
        return 1;
    }

    /// Accumulates one tile over `k` inputs.
    /// \param x         Rows inputs, `x_stride` apart.
    /// \param cells     the first panel at the first input's cell; panels are `panel_stride` apart.
    /// \param out       Rows x (16 * Panels) sums, rows `out_stride` apart.
    template <int Rows, int Panels>
    static void tile(const float* x, std::size_t x_stride, const float* cells,
                     std::size_t panel_stride, std::size_t k, float* out,
                     std::size_t out_stride) noexcept
    {
        constexpr std::size_t rows = Rows;
        constexpr std::size_t per_cell = registers_per_cell;
        constexpr std::size_t registers = Panels * per_cell;
        vec sum[rows][registers];
        TFM_UNROLL
        for (std::size_t row = 0; row < rows; ++row) {
            TFM_UNROLL
            for (std::size_t r = 0; r < registers; ++r) sum[row][r] = broadcast(0.0F);
        }
        for (std::size_t i = 0; i < k; ++i) {
            vec cell[registers];
            TFM_UNROLL
            for (std::size_t r = 0; r < registers; ++r) {
                cell[r] = load(cells + r / per_cell * panel_stride + i * panel_width +
                               r % per_cell * lanes);
            }
            TFM_UNROLL
            for (std::size_t row = 0; row < rows; ++row) {
                vec const input = broadcast(x[row * x_stride + i]);
                TFM_UNROLL
                for (std::size_t r = 0; r < registers; ++r) {
                    sum[row][r] = fma(input, cell[r], sum[row][r]);
                }
            }
        }
        TFM_UNROLL
        for (std::size_t row = 0; row < rows; ++row) {
            TFM_UNROLL
            for (std::size_t r = 0; r < registers; ++r) {
                store(out + row * out_stride + r * lanes, sum[row][r]);
            }
        }
    }
};

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
