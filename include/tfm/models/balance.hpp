#pragma once

/// \file
/// Sharing out magnitude between a norm and the weights that read it, before they are quantised.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "../nn/norm.hpp"
#include "parameter_reader.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace detail {

/// Factors sqrt(a / r) of mean 1 (geometrically), where a is the magnitude of an input and r that
/// of the weights in its row: the input is divided by its factor and the row multiplied, and both
/// then have the magnitude sqrt(a r). SmoothQuant (Xiao et al. 2022) with alpha 1/2, and with what
/// is known of inputs without running the model.
///
/// A model with a few channels thirty times as large as the others, whose rows are as much smaller,
/// comes out the same as one without: quantising it loses no more.
inline std::vector<float> balancing_factors(std::span<const float> inputs,
                                            std::span<const float> rows)
{
    std::vector<float> factors(inputs.size(), 1.0F);
    double logarithms = 0.0;
    for (std::size_t k = 0; k < factors.size(); ++k) {
        float const factor = std::sqrt(inputs[k] / rows[k]);
        // Nothing to share out where one is zero; 2^20 keeps both far from under- and overflow.
        if (std::isfinite(factor) && factor > 0x1p-20F && factor < 0x1p20F) factors[k] = factor;
        logarithms += std::log(static_cast<double>(factors[k]));
    }
    auto const mean = static_cast<float>(
        std::exp(logarithms / static_cast<double>(std::max<std::size_t>(factors.size(), 1))));
    for (float& factor : factors) factor /= mean;
    return factors;
}

/// Magnitudes of a norm's outputs: before the gain they are about normal, and within four standard
/// deviations.
template <std::size_t N>
std::vector<float> output_magnitudes(const LayerNorm<N>& norm)
{
    std::vector<float> magnitudes(N);
    for (std::size_t k = 0; k < N; ++k)
        magnitudes[k] = 4.0F * std::abs(norm.gain(k)) + std::abs(norm.bias(k));
    return magnitudes;
}

template <std::size_t N>
std::vector<float> output_magnitudes(const RmsNorm<N>& norm)
{
    std::vector<float> magnitudes(N);
    for (std::size_t k = 0; k < N; ++k) magnitudes[k] = 4.0F * std::abs(norm.gain(k));
    return magnitudes;
}

/// Divides a norm's outputs by factors for the rows of the named weights, which are returned.
template <class NormParameters>
std::vector<float> balance(const ParameterReader& reader, std::span<const std::string> weights,
                           Orientation orientation, NormParameters& norm)
{
    std::vector<float> const inputs = output_magnitudes(norm);
    std::vector<float> rows(inputs.size(), 0.0F);
    for (const std::string& weight : weights)
        reader.raise_to_row_magnitudes(weight + ".weight", orientation, rows);
    std::vector<float> factors = balancing_factors(inputs, rows);
    for (std::size_t k = 0; k < factors.size(); ++k) {
        norm.gain(k) /= factors[k];
        if constexpr (requires { norm.bias; }) norm.bias(k) /= factors[k];
    }
    return factors;
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
