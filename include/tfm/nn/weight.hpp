#pragma once

/// \file
/// A packed weight matrix in any precision.

#include <cstddef>
#include <type_traits>

#include "../tensor/quantized.hpp"
#include "precision.hpp"

namespace tfm {

/// A weight of K inputs and N outputs: cells of fp32, of bf16, or of int8 with a scale per column.
template <Dtype D, std::size_t K, std::size_t N>
using Weight =
    std::conditional_t<D == Dtype::int8, QuantizedTensor<K, N>, Tensor<ElementOf<D>, Packed<K, N>>>;

/// What reads such a weight.
template <Dtype D, std::size_t K, std::size_t N>
using WeightView = std::conditional_t<D == Dtype::int8, QuantizedView<K, N>,
                                      View<const ElementOf<D>, Packed<K, N>>>;

/// Bytes of a weight, padding included.
template <Dtype D>
constexpr std::size_t weight_bytes(std::size_t k, std::size_t n) noexcept
{
    if constexpr (D == Dtype::int8) {
        return QuantizedTensor<>::bytes({k, n});
    } else {
        return Packed<>(k, n).template required_size<ElementOf<D>>() * sizeof(ElementOf<D>);
    }
}

} // namespace tfm
