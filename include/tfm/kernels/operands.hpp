#pragma once

/// \file
/// A matmul's operands without their static shapes: the kernels behind the public functions are
/// compiled once, not for each shape.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../parallel.hpp"
#include "../simd/isa.hpp"
#include "../tensor/view.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// The panels of a packed weight that one thread computes.
using PanelRange = IndexRange;

namespace detail {

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

/// int8 activations with a scale for every `Halves` rows.
template <std::size_t Halves>
struct ScaledRowsPointer {
    RowsPointer<std::int8_t> values;
    const float* scales;
};

/// An int8 weight with what its columns are scaled by: `ColumnScales` or `NoColumnScales`.
template <class Columns>
struct ScaledPackedPointer {
    PackedPointer<std::int8_t> values;
    Columns columns;
};

template <class T>
RowsPointer<T> row_range(RowsPointer<T> x, std::size_t first, std::size_t count) noexcept
{
    return {x.data + first * x.stride, x.stride, count};
}

template <std::size_t Halves>
ScaledRowsPointer<Halves> row_range(ScaledRowsPointer<Halves> x, std::size_t first,
                                    std::size_t count) noexcept
{
    return {row_range(x.values, Halves * first, Halves * count), x.scales + first};
}

template <class T, std::size_t K, std::size_t N>
PackedPointer<std::remove_const_t<T>> packed_pointer(View<T, Packed<K, N>> w) noexcept
{
    return {w.data(), w.layout().template panel_stride<std::remove_const_t<T>>(), w.rows(),
            w.cols()};
}

/// The first `count` columns of a weight.
template <class T>
PackedPointer<T> column_range(PackedPointer<T> w, std::size_t count) noexcept
{
    w.n = count;
    return w;
}

/// The rows [first, first + count) of a weight; `first` is a multiple of 64, where cells begin.
template <class T>
PackedPointer<T> input_range(PackedPointer<T> w, std::size_t first, std::size_t count) noexcept
{
    w.data += first * panel_width;
    w.k = count;
    return w;
}
template <class T, std::size_t K, std::size_t N>
auto packed_pointer(View<T, Packed<K, N>> w, std::size_t first, std::size_t count) noexcept
{
    return input_range(packed_pointer(w), first, count);
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
