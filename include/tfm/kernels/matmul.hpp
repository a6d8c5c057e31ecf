#pragma once

/// \file
/// y = x W with a packed weight. One loop nest serves one row (GEMV), many rows (GEMM) and both
/// products of attention: register tiles over packed cells, each handed to a sink while it is in
/// L1.

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "../config.hpp"
#include "../parallel.hpp"
#include "../simd/atoms/fp32.hpp"
#include "../tensor/view.hpp"
#include "epilogue.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// The panels of a packed weight that one thread computes.
using PanelRange = IndexRange;

namespace detail {

/// The micro-kernels of an atom, looked up by rows and panels: keyed by dtype, tile and ISA, never
/// by the shape of a model.
template <class Atom>
class TileKernels {
public:
    using Kernel = void (*)(const typename Atom::input_type* x, std::size_t x_stride,
                            const typename Atom::weight_type* cells, std::size_t panel_stride,
                            std::size_t k, float* out, std::size_t out_stride) noexcept;

    /// \pre 1 <= rows <= Atom::max_rows and panels is 1, 2 or 4 and at most Atom::panels_for(rows).
    static Kernel find(std::size_t rows, std::size_t panels) noexcept
    {
        return table[rows - 1][panels / 2];
    }

private:
    template <int Rows, int Panels>
    static constexpr Kernel entry() noexcept
    {
        if constexpr (Panels <= Atom::panels_for(Rows)) {
            return &Atom::template tile<Rows, Panels>;
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

    static constexpr auto table = make_table(std::make_integer_sequence<int, Atom::max_rows>{});
};

/// Activations without their static shape.
template <class T>
struct RowsPointer {
    const T* data;
    std::size_t stride;
    std::size_t rows;
};

/// A packed weight without its static shape. `k` are the inputs to use, `n` the columns there are.
template <class T>
struct PackedPointer {
    const T* data;
    std::size_t panel_stride;
    std::size_t k;
    std::size_t n;
};

template <class T, std::size_t K, std::size_t N>
PackedPointer<std::remove_const_t<T>> packed_pointer(View<T, Packed<K, N>> w) noexcept
{
    return {w.data(), w.layout().template panel_stride<std::remove_const_t<T>>(), w.rows(),
            w.cols()};
}

/// Asks for part `index` of `parts` of a group of panels to be brought to L2.
template <class T>
void prefetch_part(const T* group, std::size_t size, std::size_t index, std::size_t parts) noexcept
{
    constexpr std::size_t line = alignment / sizeof(T);
    std::size_t const end = (index + 1) * (size / line) / parts;
    for (std::size_t i = index * (size / line) / parts; i < end; ++i) {
        simd::prefetch_to_l2(group + i * line);
    }
}

/// Computes all rows of x against the given panels and calls `sink(tile)` for each register tile.
///
/// Panels are the outer loop: a group of them (98 KB at K = 768) is read from memory once and stays
/// in L2 while the rows, which the caller keeps to a block that fits there too, pass by. Rows are
/// shared out evenly among tiles, because a tile of one leftover row would run at a twelfth of the
/// FMA rate.
template <class Atom, class Sink>
void matmul_panels(RowsPointer<typename Atom::input_type> x,
                   PackedPointer<typename Atom::weight_type> w, PanelRange range,
                   Sink&& sink) noexcept
{
    constexpr std::size_t max_rows = static_cast<std::size_t>(Atom::max_rows);
    constexpr std::size_t tile_size = static_cast<std::size_t>(Atom::accumulators) * simd::lanes;
    alignas(alignment) float sums[tile_size < 4 * panel_width ? 4 * panel_width : tile_size];

    if (x.rows == 0) return;
    std::size_t const tiles = divide_up(x.rows, max_rows);
    auto const most_panels =
        static_cast<std::size_t>(Atom::panels_for(static_cast<int>(divide_up(x.rows, tiles))));

    for (std::size_t panel = range.begin; panel < range.end;) {
        std::size_t panels = most_panels;
        while (panels > range.end - panel) panels /= 2;
        std::size_t const stride = panels * panel_width;
        std::size_t const first_col = panel * panel_width;
        std::size_t const cols = stride < w.n - first_col ? stride : w.n - first_col;
        // While FMAs keep the core busy, the next panels come from memory: without this the first
        // tile of each group waits for them, a sixth of a prompt's time where a core reads 14 GB/s.
        bool const prefetches = tiles > 1 && panel + 2 * panels <= range.end;
        std::size_t const group_size = panels * w.panel_stride;
        const auto* const group = w.data + panel * w.panel_stride;
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            if (prefetches) prefetch_part(group + group_size, group_size, tile, tiles);
            std::size_t const row = tile * x.rows / tiles;
            std::size_t const rows = (tile + 1) * x.rows / tiles - row;
            TileKernels<Atom>::find(rows, panels)(x.data + row * x.stride, x.stride, group,
                                                  w.panel_stride, w.k, sums, stride);
            sink(TileSums{row, rows, first_col, cols, sums, stride});
        }
        panel += panels;
    }
}

} // namespace detail

/// Computes x W in the columns of `range` and hands every register tile to `sink(TileSums)`: the
/// form in which the threads of a team share one matmul. x is (M, K), the packed weight (K, N).
template <Fp32 TX, class LX, Fp32 TW, class LW, class Sink>
void matmul_panels(View<TX, LX> x, View<TW, LW> w, PanelRange range, Sink&& sink) noexcept
{
    static_assert(RowsOfElements<LX>::value);
    static_assert(PackedWeight<LW>::value);
    static_assert(SameExtent<XColumns<LX::cols>, PackedK<LW::rows>>::value);
    detail::matmul_panels<simd::Fp32Atom>({x.data(), x.row_stride(), x.rows()},
                                          detail::packed_pointer(w), range, sink);
}

/// out = steps(x W): fp32 activations (M, K), packed weight (K, N), output (M, N).
///
/// Each step maps a register of results on their way to memory: `AddBias`, `GeluTanh`, `Gelu`,
/// `AddResidual`, or any function object of that form (see epilogue.hpp).
/// `out` may be the residual of an `AddResidual` step, but must not overlap x or w.
/// Throws `tfm::Error` when extents known only at run time differ.
template <Fp32 TX, class LX, Fp32 TW, class LW, Fp32 TO, RowsLayout LO, class... Steps>
void matmul(View<TX, LX> x, View<TW, LW> w, View<TO, LO> out, Steps... steps)
{
    static_assert(RowsOfElements<LX>::value);
    static_assert(PackedWeight<LW>::value);
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LX::cols>, PackedK<LW::rows>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<LW::cols>>::value);
    static_assert(SameExtent<XRows<LX::rows>, OutRows<LO::rows>>::value);
    require(x.cols() == w.rows() && out.cols() == w.cols() && x.rows() == out.rows(), [&] {
        return "tfm::matmul: x is " + std::to_string(x.rows()) + " x " + std::to_string(x.cols()) +
               ", the weight " + std::to_string(w.rows()) + " x " + std::to_string(w.cols()) +
               ", the output " + std::to_string(out.rows()) + " x " + std::to_string(out.cols()) +
               "; expected (M, K), (K, N), (M, N)";
    });
    matmul_panels(x, w, {0, w.layout().panels()},
                  StoreRows{out.data(), out.row_stride(), steps...});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
