#pragma once

/// \file
/// Conversion between plain matrices and packed cells.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "../config.hpp"
#include "../simd/isa.hpp"
#include "../tensor/orientation.hpp"
#include "../tensor/quantized.hpp"
#include "quantize.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

namespace detail {

/// Writes panels [range) of `packed` from `source(k, n)`, rounding floats to T; padding stays as it
/// is (zero).
template <Element T, std::size_t K, std::size_t N, class Source>
void pack_panels(View<T, Packed<K, N>> packed, std::size_t first_panel, std::size_t last_panel,
                 Source&& source)
{
    std::size_t const k_extent = packed.rows();
    std::size_t const n_extent = packed.cols();
    for (std::size_t panel = first_panel; panel < last_panel; ++panel) {
        std::size_t const first = panel * panel_width;
        std::size_t const cols = std::min(panel_width, n_extent - first);
        T* const cells = packed.data() + packed.layout().template offset<T>(0, first);
        for (std::size_t k = 0; k < k_extent; ++k) {
            constexpr std::size_t group = k_group<T>;
            T* const cell = cells + k / group * (panel_width * group) + k % group;
            for (std::size_t j = 0; j < cols; ++j) cell[j * group] = T(source(k, first + j));
        }
    }
}

/// The cells that a weight of any precision is packed into, their shape known at run time: one copy
/// of the code that packs serves the weights of all models.
struct PackTarget {
    enum class Cells { fp32, bf16, int8 } cells;
    void* data;
    float* scales; ///< one per column of int8 cells; null for others
    Packed<> layout;

    template <Element T, std::size_t K, std::size_t N>
    explicit PackTarget(View<T, Packed<K, N>> packed) noexcept
        : cells(std::same_as<T, float> ? Cells::fp32 : Cells::bf16), data(packed.data()),
          scales(nullptr), layout(packed.rows(), packed.cols())
    {
        static_assert(!std::same_as<T, std::int8_t>);
    }
    template <Element T, std::size_t K, std::size_t N>
    explicit PackTarget(Tensor<T, Packed<K, N>>& packed) noexcept : PackTarget(packed.view())
    {
    }
    template <std::size_t K, std::size_t N>
    explicit PackTarget(QuantizedTensor<K, N>& packed) noexcept
        : cells(Cells::int8), data(packed.values.data()), scales(packed.scales.data()),
          layout(packed.rows(), packed.cols())
    {
    }
};

/// Packs one panel from its columns, which hold the weight's K floats each and stand one after the
/// other. In int8 a column gets the scale that takes its largest magnitude to 127, and its rounded
/// values pass through `rounded`, of as many elements as `columns`.
inline void pack_panel(const PackTarget& target, std::size_t panel, const float* columns,
                       std::int8_t* rounded)
{
    std::size_t const k_extent = target.layout.extent_rows();
    std::size_t const first = panel * panel_width;
    auto const pack_from = [&]<class T, class From>(T* cells, const From* values) {
        pack_panels(
            View(cells, target.layout), panel, panel + 1,
            [&](std::size_t k, std::size_t n) { return values[(n - first) * k_extent + k]; });
    };
    switch (target.cells) {
    case PackTarget::Cells::fp32:
        return pack_from(static_cast<float*>(target.data), columns);
    case PackTarget::Cells::bf16:
        return pack_from(static_cast<bf16*>(target.data), columns);
    case PackTarget::Cells::int8:
        break;
    }
    std::size_t const cols = std::min(panel_width, target.layout.extent_cols() - first);
    for (std::size_t j = 0; j < cols; ++j) {
        target.scales[first + j] =
            quantize_row(columns + j * k_extent, k_extent, rounded + j * k_extent);
    }
    pack_from(static_cast<std::int8_t*>(target.data), rounded);
}

/// `packed` has an extent of `rows()` and `cols()`; `pack_to(source(k, n))` packs all of it.
template <class Source, class Target, class PackTo>
void pack_whole(Source source, const Target& packed, Orientation orientation, PackTo&& pack_to)
{
    bool const transposed = orientation == Orientation::out_in;
    std::size_t const k = transposed ? source.cols() : source.rows();
    std::size_t const n = transposed ? source.rows() : source.cols();
    require(k == packed.rows() && n == packed.cols(), [&] {
        return "tfm::pack: the source has K = " + std::to_string(k) +
               " and N = " + std::to_string(n) +
               ", the packed weight K = " + std::to_string(packed.rows()) +
               " and N = " + std::to_string(packed.cols());
    });
    pack_to([&](std::size_t i, std::size_t j) { return transposed ? source(j, i) : source(i, j); });
}

} // namespace detail

/// Packs a (K, N) source, or an (N, K) source where `orientation` says so, into cells; floats are
/// rounded to bf16 where the cells hold that.
/// Throws `tfm::Error` when extents known only at run time differ.
template <class TS, RowsLayout LS, Element T, std::size_t K, std::size_t N>
requires(std::same_as<std::remove_const_t<TS>, T> || (Fp32<TS> && std::same_as<T, bf16>)) //
    void pack(View<TS, LS> source, View<T, Packed<K, N>> packed,
              Orientation orientation = Orientation::in_out)
{
    detail::pack_whole(source, packed, orientation, [&](auto&& element) {
        detail::pack_panels(packed, 0, packed.layout().panels(), element);
    });
}

/// The same to int8 with a scale per column: `scales[n] = max |w(:, n)| / 127`, values rounded to
/// nearest, ties to even.
template <Fp32 TS, RowsLayout LS, std::size_t K, std::size_t N>
void pack(View<TS, LS> source, QuantizedTensor<K, N>& packed,
          Orientation orientation = Orientation::in_out)
{
    detail::pack_whole(source, packed, orientation, [&](auto&& element) {
        std::size_t const k_extent = packed.rows();
        std::vector<float> columns(panel_width * k_extent);
        std::vector<std::int8_t> rounded(panel_width * k_extent);
        for (std::size_t first = 0; first < packed.cols(); first += panel_width) {
            std::size_t const cols = std::min(panel_width, packed.cols() - first);
            for (std::size_t j = 0; j < cols; ++j) {
                for (std::size_t k = 0; k < k_extent; ++k)
                    columns[j * k_extent + k] = element(k, first + j);
            }
            detail::pack_panel(detail::PackTarget(packed), first / panel_width, columns.data(),
                               rounded.data());
        }
    });
}

/// The reverse of `pack` for a (K, N) target.
template <class TP, std::size_t K, std::size_t N, Element T, RowsLayout LT>
requires std::same_as<std::remove_const_t<TP>, T>
void unpack(View<TP, Packed<K, N>> packed, View<T, LT> target)
{
    require(target.rows() == packed.rows() && target.cols() == packed.cols(), [&] {
        return "tfm::unpack: the target is " + std::to_string(target.rows()) + " x " +
               std::to_string(target.cols()) + ", the packed weight " +
               std::to_string(packed.rows()) + " x " + std::to_string(packed.cols());
    });
    for (std::size_t k = 0; k < packed.rows(); ++k) {
        for (std::size_t n = 0; n < packed.cols(); ++n) target(k, n) = packed(k, n);
    }
}

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
