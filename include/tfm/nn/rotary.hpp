#pragma once

/// \file
/// The angles of rotary positions.

#include <cmath>
#include <cstddef>
#include <numbers>

#include "../config.hpp"
#include "decoder_shape.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

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

} // namespace detail

/// Cosine and sine of every pair's angle at `position`, alternating, into `out` (rotary_width
/// floats). Nothing where the shape has no rotary positions.
template <DecoderShape S>
void rotary_angles(std::size_t position, float* out) noexcept
{
    // A copy: clang 14 crashes on references to members of a template argument.
    constexpr Rotary rotary = S.rotary;
    for (std::size_t i = 0; i < S.rotary_width(); i += 2) {
        float const angle = static_cast<float>(position) *
                            detail::rotary_frequency(rotary, S.rotary_width(), i / 2);
        out[i] = std::cos(angle);
        out[i + 1] = std::sin(angle);
    }
}

/// Which feature of a head in the checkpoint stands at `feature` in memory: pairs are neighbours
/// there, whatever the model's pairing (see kernels/rope.hpp).
template <DecoderShape S>
constexpr std::size_t rotary_source(std::size_t feature) noexcept
{
    bool const apart = S.rotary.pairing == RotaryPairing::halves && feature < S.rotary_width();
    return apart ? feature / 2 + feature % 2 * (S.rotary_width() / 2) : feature;
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
