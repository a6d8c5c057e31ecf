#pragma once

/// \file
/// y = x W with a packed weight in fp32, bf16 or int8. One loop nest serves one row (GEMV), many
/// rows (GEMM) and both products of attention: register tiles over packed cells, each handed to a
/// sink while it is in L1.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "../config.hpp"
#include "../parallel.hpp"
#include "../simd/atoms/bf16.hpp"
#include "../simd/atoms/fp32.hpp"
#include "../simd/atoms/int8.hpp"
#include "../tensor/quantized.hpp"
#include "amx_tiles.hpp"
#include "epilogue.hpp"
#include "operands.hpp"
#include "wide_tiles.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

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

/// Computes all rows of x against the given panels and calls `sink(tile)` for register tiles.
/// Tiles begin at multiples of `unit` rows.
///
/// Panels are the outer loop: a group of them (98 KB of fp32 at K = 768) is read from memory once
/// and stays in L2 while the rows, which the caller keeps to a block that fits there too, pass by.
template <class Atom, class Sink>
void run_tiles(RowsPointer<typename Atom::input_type> x,
               PackedPointer<typename Atom::weight_type> w, PanelRange range, std::size_t unit,
               Sink&& sink) noexcept
{
    using Sum = typename Atom::sum_type;
    alignas(alignment) Sum sums[max_tile_size];

    if (x.rows < unit) return;
    constexpr std::size_t max_rows = static_cast<std::size_t>(Atom::max_rows);
    std::size_t const tiles = divide_up(x.rows, max_rows / unit * unit);
    std::size_t const most_rows = std::max(Atom::tile_rows(0, tiles, x.rows, unit).size(),
                                           Atom::tile_rows(tiles - 1, tiles, x.rows, unit).size());
    auto const most_panels =
        static_cast<std::size_t>(Atom::panels_for(static_cast<int>(most_rows)));

    for (std::size_t panel = range.begin; panel < range.end;) {
        std::size_t panels = most_panels;
        while (panels > range.end - panel) panels /= 2;
        std::size_t const stride = panels * panel_width;
        std::size_t const first_col = panel * panel_width;
        std::size_t const cols = std::min(stride, w.n - first_col);
        // While the core multiplies, the next panels come from memory: without the prefetch the
        // first tile of each group waits for them, a sixth of a prompt's time where a core reads 14
        // GB/s. A single tile is bound by memory, and the hardware's prefetcher keeps up with that.
        bool const prefetches = tiles > 1 && panel + 2 * panels <= range.end;
        std::size_t const group_size = panels * w.panel_stride;
        const auto* const group = w.data + panel * w.panel_stride;
        for (std::size_t tile = 0; tile < tiles; ++tile) {
            if (prefetches) prefetch_part(group + group_size, group_size, tile, tiles);
            IndexRange const rows = Atom::tile_rows(tile, tiles, x.rows, unit);
            Atom::multiply(rows.size(), panels, x.data + rows.begin * x.stride, x.stride, group,
                           w.panel_stride, w.k, sums, stride);
            sink(TileSumsOf<Sum>{rows.begin, rows.size(), first_col, cols, sums, stride});
        }
        panel += panels;
    }
}

/// The atom on vector registers for weights of T.
template <class T>
using RegisterAtomOf =
    std::conditional_t<std::same_as<T, float>, simd::Fp32Atom,
                       std::conditional_t<std::same_as<T, bf16>, simd::Bf16Atom, simd::Int8Atom>>;

/// What weights of T are multiplied with; int8 ones also with 16 bits in two halves.
template <class T>
using MatmulInput = typename RegisterAtomOf<T>::input_type;

/// Rows from which on AMX is worth its set-up. Fewer are bound by reading the weights, with which
/// vector registers keep up.
template <class T>
inline constexpr std::size_t min_amx_rows = std::same_as<T, bf16> ? 4 : 8;

/// `matmul_panels` of operands without their static shapes, on AMX where it has products for
/// weights of T and there are `min_rows`. The sink gets sums: floats, or of int8 integers. Tiles
/// begin at multiples of `unit` rows.
template <class T, class Sink>
void matmul_pointers(RowsPointer<MatmulInput<T>> x, PackedPointer<T> w, PanelRange range,
                     Sink&& sink, std::size_t unit = 1,
                     [[maybe_unused]] std::size_t min_rows = min_amx_rows<T>) noexcept
{
#if TFM_ISA_HAS_AMX
    if constexpr (!std::same_as<T, float>) {
        if (x.rows >= min_rows && simd::amx_permitted()) {
            AmxTiles<T, std::remove_reference_t<Sink>>(x, w, 2 * unit, sink).run(range);
            return;
        }
    }
#endif
    run_tiles<RegisterAtomOf<T>>(x, w, range, unit, sink);
}

/// The same of int8 with scales, of which the sink gets floats.
template <std::size_t Halves, class Columns, class Sink>
void matmul_pointers(ScaledRowsPointer<Halves> x, ScaledPackedPointer<Columns> w, PanelRange range,
                     Sink&& sink) noexcept
{
    using Scaled = Dequantize<Halves, Columns, std::remove_reference_t<Sink>>;
    Scaled scaled{x.scales, w.columns, sink};
#if TFM_WIDENS_INT8
    if (x.values.rows >= min_wide_rows<Halves>) {
        WideTiles<Halves, Scaled>::run(x.values, w.values, range, scaled);
        return;
    }
#endif
    matmul_pointers(x.values, w.values, range, scaled, Halves);
}

/// `matmul_panels` of an int8 weight and activations in `Halves` parts.
template <std::size_t Halves, std::size_t KX, std::size_t K, std::size_t N, class Sink>
void matmul_quantized(View<const std::int8_t, Strided<dyn, KX>> x, const float* scales,
                      QuantizedView<K, N> w, PanelRange range, Sink&& sink,
                      std::size_t first_input) noexcept
{
    static_assert(SameExtent<XColumns<KX>, PackedK<K>>::value);
    matmul_pointers(ScaledRowsPointer<Halves>{{x.data(), x.row_stride(), x.rows()}, scales},
                    ScaledPackedPointer<ColumnScales>{
                        packed_pointer(w.values, first_input, x.cols()), {w.scales}},
                    range, sink);
}

/// Rows and columns of one matmul's operands, named in its errors.
struct MatmulExtents {
    std::size_t x_rows, x_cols, w_rows, w_cols, out_rows, out_cols;
};

inline void require_matmul_extents(MatmulExtents e)
{
    require(e.x_cols == e.w_rows && e.out_cols == e.w_cols && e.x_rows == e.out_rows, [&] {
        return "tfm::matmul: x is " + std::to_string(e.x_rows) + " x " + std::to_string(e.x_cols) +
               ", the weight " + std::to_string(e.w_rows) + " x " + std::to_string(e.w_cols) +
               ", the output " + std::to_string(e.out_rows) + " x " + std::to_string(e.out_cols) +
               "; expected (M, K), (K, N), (M, N)";
    });
}

} // namespace detail

/// What a matmul multiplies without scales: fp32 by fp32, or a bf16 weight by `Bf16Input`, to which
/// `convert_rows` takes activations.
template <class TX, class TW>
concept MatmulElements = (Fp32<TX> && Fp32<TW>) ||
                         (std::same_as<std::remove_const_t<TX>, Bf16Input> &&
                          std::same_as<std::remove_const_t<TW>, bf16>);

/// A weight's layout that no other `matmul` takes.
template <class L>
concept WeightLayout = requires
{
    // The compiler prints the line below, and so the remedy.
    requires !StridedLayout<L>; // tfm::pack it once, or include <tfm/kernels/plain_matmul.hpp>
};

/// Computes x W in the columns of `range` and hands every register tile to `sink(tile)` (see
/// epilogue.hpp): the form in which the threads of a team share one matmul. x is (M, K), the packed
/// weight (K, N), or x is (M, L) and multiplied with the rows of the weight from `first_input` on,
/// a multiple of 64.
template <class TX, class LX, class TW, class LW, class Sink>
requires MatmulElements<TX, TW>
void matmul_panels(View<TX, LX> x, View<TW, LW> w, PanelRange range, Sink&& sink,
                   std::size_t first_input = 0) noexcept
{
    static_assert(RowsOfElements<LX>::value);
    static_assert(PackedWeight<LW>::value);
    static_assert(SameExtent<XColumns<LX::cols>, PackedK<LW::rows>>::value);
    detail::matmul_pointers(
        detail::RowsPointer<std::remove_const_t<TX>>{x.data(), x.row_stride(), x.rows()},
        detail::packed_pointer(w, first_input, x.cols()), range, sink);
}

/// The same for an int8 weight and int8 activations. Sums are exact before they are scaled.
template <std::size_t KX, std::size_t K, std::size_t N, class Sink>
void matmul_panels(QuantizedRows<KX> x, QuantizedView<K, N> w, PanelRange range, Sink&& sink,
                   std::size_t first_input = 0) noexcept
{
    detail::matmul_quantized<1>(x.values, x.scales, w, range, sink, first_input);
}

/// The same for an int8 weight and activations of 16 bits in two halves.
template <std::size_t KX, std::size_t K, std::size_t N, class Sink>
void matmul_panels(SplitRows<KX> x, QuantizedView<K, N> w, PanelRange range, Sink&& sink,
                   std::size_t first_input = 0) noexcept
{
    detail::matmul_quantized<2>(x.halves, x.scales, w, range, sink, first_input);
}

/// out = steps(x W): fp32 activations (M, K), packed weight (K, N), output (M, N); with a bf16
/// weight, activations of type `Bf16Input`.
///
/// Each step maps a register of results on their way to memory: `AddBias`, `GeluTanh`, `Gelu`,
/// `AddResidual`, or any function object of that form (see epilogue.hpp).
/// `out` may be the residual of an `AddResidual` step, but must not overlap x or w.
/// Throws `tfm::Error` when extents known only at run time differ.
template <class TX, class LX, class TW, WeightLayout LW, Fp32 TO, RowsLayout LO, class... Steps>
requires MatmulElements<TX, TW>
void matmul(View<TX, LX> x, View<TW, LW> w, View<TO, LO> out, Steps... steps)
{
    static_assert(RowsOfElements<LX>::value);
    static_assert(PackedWeight<LW>::value);
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<XColumns<LX::cols>, PackedK<LW::rows>>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<LW::cols>>::value);
    static_assert(SameExtent<XRows<LX::rows>, OutRows<LO::rows>>::value);
    detail::require_matmul_extents(
        {x.rows(), x.cols(), w.rows(), w.cols(), out.rows(), out.cols()});
    matmul_panels(x, w, {0, w.layout().panels()},
                  StoreRows{out.data(), out.row_stride(), steps...});
}

/// The same for an int8 weight with `QuantizedRows` (see `quantize_rows`) or `SplitRows` (see
/// `split_rows`) as activations.
template <class X, std::size_t K, std::size_t N, Fp32 TO, RowsLayout LO, class... Steps>
void matmul(X x, QuantizedView<K, N> w, View<TO, LO> out, Steps... steps)
{
    static_assert(WritableOutput<TO>::value);
    static_assert(SameExtent<OutColumns<LO::cols>, PackedN<N>>::value);
    detail::require_matmul_extents(
        {x.rows(), x.cols(), w.rows(), w.cols(), out.rows(), out.cols()});
    matmul_panels(x, w, {0, w.layout().panels()},
                  StoreRows{out.data(), out.row_stride(), steps...});
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
