#pragma once

/// \file
/// From rows of floats to what the matmuls of a precision read.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../kernels/quantize.hpp"
#include "../tensor/tensor.hpp"
#include "precision.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Memory for up to `rows` rows of up to `width` inputs of a matmul, as weights of precision P are
/// multiplied with them. Each thread converts all rows it needs into memory of its own: that costs
/// less than a barrier.
template <Precision P>
class MatmulInputs {
    static constexpr bool is_split = P.weights == Dtype::int8 && P.activations == Dtype::fp32;
    static constexpr std::size_t rows_each = is_split ? 2 : 1;
    using Stored =
        std::conditional_t<P.weights == Dtype::int8, std::int8_t,
                           std::conditional_t<P.weights == Dtype::bf16, Bf16Input, float>>;

public:
    /// Rows of floats are read where they are, and this holds nothing.
    static constexpr bool are_floats = std::is_same_v<Stored, float>;

    MatmulInputs(std::size_t rows, std::size_t width)
        : stride_(row_stride(width)), values_(Vec<>(values_size(rows, width))),
          scales_(Vec<>(scales_size(rows)))
    {
    }

    /// Stores row `index`, of `count` floats. \pre not `are_floats`
    void store(std::size_t index, const float* x, std::size_t count) noexcept
    {
        Stored* const to = values_.data() + index * rows_each * stride_;
        if constexpr (is_split) {
            scales_(index) = detail::split_row(x, count, to, to + stride_);
        } else if constexpr (P.weights == Dtype::int8) {
            scales_(index) = detail::quantize_row(x, count, to);
        } else {
            detail::convert_row(x, count, to);
        }
    }

    /// The first `count` rows, of K inputs each.
    template <std::size_t K>
    auto rows(std::size_t count) const noexcept
    {
        View<const Stored, Strided<dyn, K>> const values(values_.data(),
                                                         {count * rows_each, K, stride_});
        if constexpr (is_split) {
            return SplitRows<K>{values, scales_.data()};
        } else if constexpr (P.weights == Dtype::int8) {
            return QuantizedRows<K>{values, scales_.data()};
        } else {
            return values;
        }
    }

    /// The rows of x as inputs of a matmul.
    template <class T, RowsLayout L>
    auto convert(View<T, L> x) noexcept
    {
        if constexpr (are_floats) {
            return View<const float, L>(x);
        } else {
            for (std::size_t i = 0; i < x.rows(); ++i) store(i, x.row(i), x.cols());
            return rows<L::cols>(x.rows());
        }
    }

    std::size_t size_bytes() const noexcept { return values_.size_bytes() + scales_.size_bytes(); }

    /// Bytes of an object for so many rows.
    static constexpr std::size_t bytes(std::size_t row_count, std::size_t width) noexcept
    {
        return values_size(row_count, width) * sizeof(Stored) +
               scales_size(row_count) * sizeof(float);
    }

private:
    /// An odd number of cache lines: at a stride of 1024 or 4096 bytes the rows of a tile would
    /// share a few sets of L1.
    static constexpr std::size_t row_stride(std::size_t width) noexcept
    {
        std::size_t const lines = divide_up(width * sizeof(Stored), alignment);
        return (lines | 1U) * (alignment / sizeof(Stored));
    }
    static constexpr std::size_t values_size(std::size_t rows, std::size_t width) noexcept
    {
        return are_floats ? 0 : rows * rows_each * row_stride(width);
    }
    static constexpr std::size_t scales_size(std::size_t rows) noexcept
    {
        return P.weights == Dtype::int8 ? rows : 0;
    }

    std::size_t stride_;
    Tensor<Stored, Vec<>> values_;
    Tensor<float, Vec<>> scales_;
};

} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
