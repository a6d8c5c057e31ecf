#pragma once

/// \file
/// A matmul's operands without their static shapes: the kernels behind the public functions are
/// compiled once, not for each shape.

#include <cstddef>
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

template <class T, std::size_t K, std::size_t N>
PackedPointer<std::remove_const_t<T>> packed_pointer(View<T, Packed<K, N>> w) noexcept
{
    return {w.data(), w.layout().template panel_stride<std::remove_const_t<T>>(), w.rows(),
            w.cols()};
}

/// The rows [first, first + count) of a weight; `first` is a multiple of 64, where cells begin.
template <class T, std::size_t K, std::size_t N>
auto packed_pointer(View<T, Packed<K, N>> w, std::size_t first, std::size_t count) noexcept
{
    auto part = packed_pointer(w);
    part.data += first * panel_width;
    part.k = count;
    return part;
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
