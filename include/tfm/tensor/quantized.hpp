#pragma once

/// \file
/// int8 values and the scales without which they mean nothing.

#include <cstddef>
#include <cstdint>

#include "tensor.hpp"

namespace tfm {

/// Largest magnitude of a quantised value: the range is symmetric, so that -128, whose negation
/// does not fit, never occurs in a weight.
inline constexpr int int8_limit = 127;

/// A packed weight somebody else owns: column n is `values(k, n) * scales[n]`.
template <std::size_t K, std::size_t N>
struct QuantizedView {
    View<const std::int8_t, Packed<K, N>> values; ///< (K, N)
    const float* scales; ///< one per column, zero in the last panel's padding

    /// Shape and order of the values.
    constexpr const Packed<K, N>& layout() const noexcept { return values.layout(); }
    /// K.
    constexpr std::size_t rows() const noexcept { return values.rows(); }
    /// N.
    constexpr std::size_t cols() const noexcept { return values.cols(); }
};

/// A packed weight of int8 values with a scale per column. Move-only, like a `Tensor`.
template <std::size_t K = dyn, std::size_t N = dyn>
class QuantizedTensor {
public:
    /// Shape and order of the values.
    using layout_type = Packed<K, N>;

    QuantizedTensor() : QuantizedTensor(layout_type{}) {}
    /// Values and scales are zero.
    explicit QuantizedTensor(layout_type layout)
        : values(layout), scales(Vec<>(layout.panels() * panel_width))
    {
    }

    Tensor<std::int8_t, layout_type> values; ///< (K, N)
    Tensor<float, Vec<>> scales;             ///< one per column, padded to whole panels

    /// Shape and order of the values.
    const layout_type& layout() const noexcept { return values.layout(); }
    /// K.
    std::size_t rows() const noexcept { return values.rows(); }
    /// N.
    std::size_t cols() const noexcept { return values.cols(); }
    /// Bytes of values and scales.
    std::size_t size_bytes() const noexcept { return values.size_bytes() + scales.size_bytes(); }

    /// A deep copy.
    QuantizedTensor clone() const
    {
        QuantizedTensor copy(layout());
        copy.values = values.clone();
        copy.scales = scales.clone();
        return copy;
    }

    /// The weight as `matmul` takes it.
    QuantizedView<K, N> view() const noexcept { return {values.view(), scales.data()}; }

    /// Bytes of values and scales of this shape.
    static constexpr std::size_t bytes(layout_type layout) noexcept
    {
        return layout.template required_size<std::int8_t>() +
               layout.panels() * panel_width * sizeof(float);
    }
};

/// One head's keys (head_width, positions) or values (positions, head_width) in int8 cells that
/// somebody else owns, with a scale per position: what position p holds counts `scales[p]` times.
template <class L>
struct QuantizedCache {
    View<std::int8_t, L> values; ///< keys or values
    float* scales;               ///< one per position, padded to whole panels
};

/// Activations of int8 values with a scale per row: row m is `values(m, k) * scales[m]`.
template <std::size_t K = dyn>
struct QuantizedRows {
    View<const std::int8_t, Strided<dyn, K>> values; ///< (M, K)
    const float* scales;                             ///< (M)

    /// M.
    constexpr std::size_t rows() const noexcept { return values.rows(); }
    /// K.
    constexpr std::size_t cols() const noexcept { return values.cols(); }
};

/// Activations of 16-bit values, each as two int8: row m is
/// `(256 * halves(2m, k) + halves(2m + 1, k)) * scales[m]`.
template <std::size_t K = dyn>
struct SplitRows {
    View<const std::int8_t, Strided<dyn, K>> halves; ///< (2M, K)
    const float* scales;                             ///< (M)

    /// M.
    constexpr std::size_t rows() const noexcept { return halves.rows() / 2; }
    /// K.
    constexpr std::size_t cols() const noexcept { return halves.cols(); }
};

/// The rows [first, first + count) of quantised activations, in place.
template <std::size_t K>
constexpr QuantizedRows<K> row_range(QuantizedRows<K> x, std::size_t first,
                                     std::size_t count) noexcept
{
    return {row_range(x.values, first, count), x.scales + first};
}

/// The rows [first, first + count) of split activations, in place.
template <std::size_t K>
constexpr SplitRows<K> row_range(SplitRows<K> x, std::size_t first, std::size_t count) noexcept
{
    return {row_range(x.halves, 2 * first, 2 * count), x.scales + first};
}

} // namespace tfm
