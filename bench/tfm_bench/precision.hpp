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

/// Every name.
inline constexpr std::string_view precision_names[] = {"fp32", "bf16", "int8", "int8_weights"};

/// The precision of kernels whose weights are of type T.
template <Element T>
inline constexpr Precision precision{};

template <>
inline constexpr Precision precision<float>{precision_names[0], Arithmetic::fp32, "GFLOP/s"};
template <>
inline constexpr Precision precision<bf16>{precision_names[1], Arithmetic::bf16, "GFLOP/s"};
template <>
inline constexpr Precision precision<std::int8_t>{precision_names[2], Arithmetic::int8, "GOP/s"};

/// The precision of matmuls of a model.
constexpr Precision precision_of(tfm::Precision model)
{
    if (model.weights == Dtype::fp32) return precision<float>;
    if (model.weights == Dtype::bf16) return precision<bf16>;
    Precision int8 = precision<std::int8_t>;
    if (model.activations != Dtype::int8) int8.name = precision_names[3];
    return int8;
}

} // namespace tfm::bench
