#pragma once

/// \file
/// Floats out of the bytes of a file's tensor, whatever they are stored as.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "../diagnostics.hpp"
#include "../tensor/dtype.hpp"
#include "safetensors.hpp"

namespace tfm {

/// The value of an IEEE 754 half: 1 sign, 5 exponent and 10 fraction bits. Exact.
constexpr float float_from_half(std::uint16_t half) noexcept
{
    std::uint32_t const sign = (half & 0x8000U) << 16;
    std::uint32_t const exponent = (half >> 10) & 0x1FU;
    std::uint32_t const fraction = half & 0x3FFU;
    if (exponent == 0) { // zero and subnormals: fraction * 2^-24
        float const magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign == 0 ? magnitude : -magnitude;
    }
    std::uint32_t const single_exponent = exponent == 0x1FU ? 0xFFU : exponent + (127 - 15);
    return std::bit_cast<float>(sign | (single_exponent << 23) | (fraction << 13));
}

inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The element at `index` of unaligned little-endian data of `Bits`, by `convert(Bits)`.
template <class Bits, class Convert>
auto element_reader(const std::byte* data, Convert convert) noexcept
{
    static_assert(std::endian::native == std::endian::little,
                  "tfm: checkpoints are little-endian and are read as they are");
    return [data, convert](std::size_t index) noexcept {
        Bits bits;
        std::memcpy(&bits, data + index * sizeof(Bits), sizeof(Bits));
        return convert(bits);
    };
}

} // namespace detail

/// Calls `body(read)` where `read(i)` is element i of the tensor as a float.
/// Throws `tfm::Error` when the tensor does not hold F32, F16 or BF16.
template <class Body>
void with_float_reader(const SafeTensors& file, const TensorInfo& tensor, Body&& body)
{
    const std::byte* const data = tensor.bytes.data();
    switch (tensor.dtype) {
    case FileDType::F32:
        return body(detail::element_reader<float>(data, [](float value) { return value; }));
    case FileDType::F16:
        return body(detail::element_reader<std::uint16_t>(data, float_from_half));
    case FileDType::BF16:
        return body(detail::element_reader<std::uint16_t>(data, [](std::uint16_t bits) {
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
        }));
    default:
        fail(file.path().string() + ": tensor " + detail::in_quotes(tensor.name) +
             ": expected F32, F16 or BF16, found " + std::string(name(tensor.dtype)));
    }
}

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
