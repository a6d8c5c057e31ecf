#pragma once

/// \file
/// The precisions as the benchmarks name them.

#include <cstdint>
#include <string_view>

#include <tfm/nn/precision.hpp>

#include "compute_peaks.hpp"

namespace tfm::bench {

/// What differs between benchmarks of one kernel in several precisions.
struct Precision {
    std::string_view name;
    Arithmetic arithmetic; ///< whose peak is the limit
    std::string_view rate; ///< unit of 10^9 operations a second
};

/// The precision of kernels whose weights are of type T.
template <Element T>
inline constexpr Precision precision{};

template <>
inline constexpr Precision precision<float>{"fp32", Arithmetic::fp32, "GFLOP/s"};
template <>
inline constexpr Precision precision<bf16>{"bf16", Arithmetic::bf16, "GFLOP/s"};
template <>
inline constexpr Precision precision<std::int8_t>{"int8", Arithmetic::int8, "GOP/s"};

/// The precision of matmuls of a model.
constexpr Precision precision_of(tfm::Precision model)
{
    if (model.weights == Dtype::fp32) return precision<float>;
    if (model.weights == Dtype::bf16) return precision<bf16>;
    Precision int8 = precision<std::int8_t>;
    if (model.activations != Dtype::int8) int8.name = "int8_weights";
    return int8;
}

} // namespace tfm::bench
