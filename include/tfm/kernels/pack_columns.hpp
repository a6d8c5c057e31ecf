#pragma once

/// \file
/// Columns of an ordinary matrix, of any strides, in packed cells for one matmul: padding included,
/// since the memory is used again for other shapes.

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "../simd/isa.hpp"
#include "operands.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// A (K, N) matrix whose elements lie `k_stride` and `n_stride` apart.
template <class T>
struct StridedMatrix {
    const T* data;
    std::size_t k;
    std::size_t n;
    std::size_t k_stride;
    std::size_t n_stride;

    /// The columns [first, first + count).
    StridedMatrix columns(std::size_t first, std::size_t count) const noexcept
    {
        return {data + first * n_stride, k, count, k_stride, n_stride};
    }
};

/// Writes one panel. `cols`, `k_stride` and `n_stride` are numbers, or constants for the compiler.
template <class T, class Cols, class KStride, class NStride>
void write_panel(const T* from, std::size_t k_extent, Cols cols, KStride k_stride, NStride n_stride,
                 T* cells) noexcept
{
    constexpr std::size_t group = k_group<T>;
    std::size_t const whole = k_extent / group * group;
    for (std::size_t k = 0; k < whole; k += group) {
        T* const cell = cells + k * panel_width;
        for (std::size_t j = 0; j < cols; ++j) {
            for (std::size_t g = 0; g < group; ++g)
                cell[j * group + g] = from[(k + g) * k_stride + j * n_stride];
        }
    }
    for (std::size_t k = whole; k < k_extent; ++k) {
        for (std::size_t j = 0; j < cols; ++j)
            cells[whole * panel_width + j * group + k - whole] = from[k * k_stride + j * n_stride];
    }
}

/// Packs a matrix into cells as a `Packed` of its extents has them, of which `cells` has room for
/// `required_size`, and returns them.
template <class T>
PackedPointer<T> pack_columns(StridedMatrix<T> from, T* cells) noexcept
{
    using One = std::integral_constant<std::size_t, 1>;
    using Panel = std::integral_constant<std::size_t, panel_width>;
    Packed<> const layout(from.k, from.n);
    std::size_t const stride = layout.template panel_stride<T>();
    std::size_t const last_group = from.k / k_group<T> * k_group<T> * panel_width;
    for (std::size_t panel = 0; panel < layout.panels(); ++panel) {
        T* const to = cells + panel * stride;
        auto const part =
            from.columns(panel * panel_width, std::min(panel_width, from.n - panel * panel_width));
        bool const is_whole = part.n == panel_width;
        std::fill(to + (is_whole ? last_group : 0), to + stride, T{});
        if (is_whole && part.n_stride == 1)
            write_panel(part.data, part.k, Panel{}, part.k_stride, One{}, to);
        else if (is_whole && part.k_stride == 1)
            write_panel(part.data, part.k, Panel{}, One{}, part.n_stride, to);
        else
            write_panel(part.data, part.k, part.n, part.k_stride, part.n_stride, to);
    }
    return {cells, stride, from.k, from.n};
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
