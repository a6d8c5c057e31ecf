#pragma once

/// \file
/// A packed weight matrix in any precision.

#include <cstddef>
#include <type_traits>

#include "../tensor/quantized.hpp"
#include "precision.hpp"

namespace tfm {

/// A weight of K inputs and N outputs: cells of fp32, of bf16, or of int8 with a scale per column.
template <Dtype D, std::size_t K = dyn, std::size_t N = dyn>
using Weight =
    std::conditional_t<D == Dtype::int8, QuantizedTensor<K, N>, Tensor<ElementOf<D>, Packed<K, N>>>;

/// A view to read a `Weight<D>` by.
template <Dtype D, std::size_t K = dyn, std::size_t N = dyn>
using WeightView = std::conditional_t<D == Dtype::int8, QuantizedView<K, N>,
                                      View<const ElementOf<D>, Packed<K, N>>>;

namespace nn_detail {

/// The same weight in a type that states its extents, which the caller has checked.
template <std::size_t K, std::size_t N, class T>
constexpr View<T, Packed<K, N>> with_extents(View<T, Packed<>> weight) noexcept
{
    return {weight.data(), Packed<K, N>(weight.rows(), weight.cols())};
}
template <std::size_t K, std::size_t N>
constexpr QuantizedView<K, N> with_extents(QuantizedView<dyn, dyn> weight) noexcept
{
    return {with_extents<K, N>(weight.values), weight.scales};
}

} // namespace nn_detail

/// Bytes of a weight, padding included.
constexpr std::size_t weight_bytes(Dtype dtype, std::size_t k, std::size_t n) noexcept
{
    Packed<> const layout(k, n);
    switch (dtype) {
    case Dtype::int8:
        return QuantizedTensor<>::bytes(layout);
    case Dtype::bf16:
        return layout.required_size<bf16>() * sizeof(bf16);
    case Dtype::fp32:
        break;
    }
    return layout.required_size<float>() * sizeof(float);
}

} // namespace tfm
