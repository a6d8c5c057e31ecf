#pragma once

/// \file
/// The angles of rotary positions.

#include <cmath>
#include <cstddef>
#include <numbers>

#include "../config.hpp"
#include "block_shape.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Radians by which pair `pair` of `width` rotary features turns from one position to the next.
inline float rotary_frequency(const Rotary& rotary, std::size_t width, std::size_t pair) noexcept
{
    auto const exponent = static_cast<float>(2 * pair) / static_cast<float>(width);
    float const frequency = 1.0F / std::pow(rotary.base, exponent);
    if (rotary.scaling == RotaryScaling::none) return frequency;
    float const slow = frequency / rotary.factor;
    if (rotary.scaling == RotaryScaling::linear) return slow;
    // Llama 3 (Dubey et al. 2024): whole turns within the original context decide.
    float const turns = static_cast<float>(rotary.original_context) * frequency /
                        (2.0F * std::numbers::pi_v<float>);
    float const low = rotary.low_frequency_factor;
    float const high = rotary.high_frequency_factor;
    if (turns < low) return slow;
    if (turns > high) return frequency;
    float const blend = (turns - low) / (high - low);
    return (1.0F - blend) * slow + blend * frequency;
}

/// Cosine and sine of every pair's angle at `position`, alternating, into `out` of `width` floats,
/// where `width` are the features of a head that turn.
inline void rotary_angles(const Rotary& rotary, std::size_t width, std::size_t position,
                          float* out) noexcept
{
    for (std::size_t i = 0; i < width; i += 2) {
        float const angle = static_cast<float>(position) * rotary_frequency(rotary, width, i / 2);
        out[i] = std::cos(angle);
        out[i + 1] = std::sin(angle);
    }
}

/// Which feature of a head in the checkpoint stands at `feature` in memory, where `width` features
/// turn: pairs are neighbours there, whatever the model's pairing (see kernels/rope.hpp).
constexpr std::size_t rotary_source(RotaryPairing pairing, std::size_t width,
                                    std::size_t feature) noexcept
{
    bool const apart = pairing == RotaryPairing::halves && feature < width;
    return apart ? feature / 2 + feature % 2 * (width / 2) : feature;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
