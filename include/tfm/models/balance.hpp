#pragma once

/// \file
/// Sharing out magnitude between a norm and the weights that read it, before they are quantised.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

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
/// deviations. An RMS norm has no bias.
inline std::vector<float> output_magnitudes(std::span<const float> gain,
                                            std::span<const float> bias)
{
    std::vector<float> magnitudes(gain.size());
    for (std::size_t k = 0; k < gain.size(); ++k)
        magnitudes[k] = 4.0F * std::abs(gain[k]) + (bias.empty() ? 0.0F : std::abs(bias[k]));
    return magnitudes;
}

/// Divides a norm's outputs by factors for the rows of the weights that read it, which are
/// returned.
inline std::vector<float> balance(const ParameterReader& reader,
                                  std::span<const StoredParameter> weights, std::span<float> gain,
                                  std::span<float> bias)
{
    std::vector<float> const inputs = output_magnitudes(gain, bias);
    std::vector<float> rows(inputs.size(), 0.0F);
    for (const StoredParameter& weight : weights) reader.raise_to_row_magnitudes(weight, rows);
    std::vector<float> factors = balancing_factors(inputs, rows);
    for (std::size_t k = 0; k < gain.size(); ++k) gain[k] /= factors[k];
    for (std::size_t k = 0; k < bias.size(); ++k) bias[k] /= factors[k];
    return factors;
}

} // namespace detail
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
