#pragma once

/// \file
/// From rows of floats to what the matmuls of a precision read.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../kernels/quantize.hpp"
#include "../parallel.hpp"
#include "../tensor/tensor.hpp"
#include "precision.hpp"
#include "schedule.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {

/// Rows of a matrix and their width.
struct RowsExtent {
    std::size_t rows = 0; ///< how many
    std::size_t cols = 0; ///< their width
};

/// Memory for rows of inputs of a matmul, as weights of precision P are multiplied with them.
template <Precision P>
class MatmulInputs {
    static constexpr bool is_split = P.weights == Dtype::int8 && P.activations == Dtype::fp32;
    static constexpr std::size_t rows_each = is_split ? 2 : 1;
    using Stored =
        std::conditional_t<P.weights == Dtype::int8, std::int8_t,
                           std::conditional_t<P.weights == Dtype::bf16, Bf16Input, float>>;

public:
    /// Rows as weights of precision P are multiplied with them.
    using Rows = std::conditional_t<is_split, SplitRows<>,
                                    std::conditional_t<P.weights == Dtype::int8, QuantizedRows<>,
                                                       View<const Stored, Strided<>>>>;

    /// Whether rows of T are such inputs as they are. Then they are read in place, and this holds
    /// nothing.
    template <class T>
    static constexpr bool takes = std::is_same_v<std::remove_const_t<T>, Stored>;

    /// Has room for matrices of this extent.
    explicit MatmulInputs(RowsExtent most)
        : values_(Vec<>(values_size(most))), scales_(Vec<>(scales_size(most)))
    {
    }

    /// Stores row `index`, of `count` float or bf16. \pre not `takes<T>`
    template <class T>
    void store(std::size_t index, const T* x, std::size_t count) noexcept
    {
        std::size_t const stride = row_stride(count);
        Stored* const to = values_.data() + index * rows_each * stride;
        if constexpr (is_split) {
            scales_(index) = detail::split_row(x, count, to, to + stride);
        } else if constexpr (P.weights == Dtype::int8) {
            scales_(index) = detail::quantize_row(x, count, to);
        } else {
            detail::convert_row(x, count, to);
        }
    }

    /// The first `count` rows, of `cols` inputs each.
    Rows rows(std::size_t count, std::size_t cols) const noexcept
    {
        View<const Stored, Strided<>> const values(values_.data(),
                                                   {count * rows_each, cols, row_stride(cols)});
        if constexpr (P.weights == Dtype::int8) {
            return {values, scales_.data()};
        } else {
            return values;
        }
    }

    /// The rows of x as inputs of a matmul, of which the caller needs no others than those in
    /// `which` converted.
    template <class T, RowsLayout L>
    Rows convert(View<T, L> x, IndexRange which) noexcept
    {
        if constexpr (takes<T>) {
            return {x.data(), {x.rows(), x.cols(), x.row_stride()}};
        } else {
            for (std::size_t i = which.begin; i < which.end; ++i) store(i, x.row(i), x.cols());
            return rows(x.rows(), x.cols());
        }
    }

    /// Bytes of all it holds.
    std::size_t size_bytes() const noexcept { return values_.size_bytes() + scales_.size_bytes(); }

    /// Bytes of an object for such matrices.
    static constexpr std::size_t bytes(RowsExtent most) noexcept
    {
        return values_size(most) * sizeof(Stored) + scales_size(most) * sizeof(float);
    }

private:
    static constexpr std::size_t row_stride(std::size_t width) noexcept
    {
        return Padded<>(1, width).template row_stride<Stored>();
    }
    static constexpr std::size_t values_size(RowsExtent most) noexcept
    {
        if constexpr (takes<float>) return 0;
        return most.cols == 0 ? 0 : most.rows * rows_each * row_stride(most.cols);
    }
    static constexpr std::size_t scales_size(RowsExtent most) noexcept
    {
        if constexpr (P.weights != Dtype::int8) return 0;
        return most.cols == 0 ? 0 : most.rows;
    }

    Tensor<Stored, Vec<>> values_;
    Tensor<float, Vec<>> scales_;
};

namespace detail {

/// A block's rows as inputs of a matmul, converted together by the threads that share them. Rows
/// that are such inputs already cost no barrier.
template <Precision P, class T, RowsLayout L>
typename MatmulInputs<P>::Rows convert_together(MatmulInputs<P>& inputs, View<T, L> x,
                                                const Schedule& schedule) noexcept
{
    auto const converted = inputs.convert(x, schedule.conversions(x.rows()));
    if constexpr (!MatmulInputs<P>::template takes<T>) schedule.sync_conversion();
    return converted;
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
