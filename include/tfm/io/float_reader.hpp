#pragma once

/// \file
/// Floats out of the bytes of a file's tensor, whatever they are stored as.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../diagnostics.hpp"
#include "../tensor/dtype.hpp"
#include "tensor_index.hpp"

#include "../hide_macros.hpp"

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

/// Reads a file's tensor of F64, F32, F16 or BF16 as floats; doubles are rounded to nearest.
class FloatReader {
public:
    /// Throws `tfm::Error` when the tensor holds anything else.
    explicit FloatReader(const StoredTensor& tensor)
        : data_(tensor.info->bytes.data()), read_(reader_of(tensor.info->dtype))
    {
        require(read_ != nullptr, [&] {
            return tensor.where() + "expected F64, F32, F16 or BF16, found " +
                   dtype_name(*tensor.info);
        });
    }
    /// The same of a file's.
    FloatReader(const SafeTensors& file, const TensorInfo& tensor)
        : FloatReader(StoredTensor{&tensor, &file})
    {
    }

    /// out[i] = element `first + i * stride` of the tensor, for `count` of them.
    void read(std::size_t first, std::size_t stride, std::size_t count, float* out) const noexcept
    {
        read_(data_, first, stride, count, out);
    }

private:
    using Read = void (*)(const std::byte*, std::size_t, std::size_t, std::size_t, float*);

    static float from_single(float value) noexcept { return value; }
    // One beyond the range of floats becomes infinite, which no weight may be.
    static float from_double(double value) noexcept { return static_cast<float>(value); }
    static float from_bf16(std::uint16_t bits) noexcept
    {
        return static_cast<float>(bf16::from_bits(bits));
    }

    /// Elements of unaligned little-endian data of `Bits`.
    template <class Bits, float (*Convert)(Bits) noexcept>
    static void read_elements(const std::byte* data, std::size_t first, std::size_t stride,
                              std::size_t count, float* out) noexcept
    {
        static_assert(std::endian::native == std::endian::little,
                      "tfm: checkpoints are little-endian and are read as they are");
        const std::byte* from = data + first * sizeof(Bits);
        for (std::size_t i = 0; i < count; ++i, from += stride * sizeof(Bits)) {
            Bits bits;
            std::memcpy(&bits, from, sizeof(Bits));
            out[i] = Convert(bits);
        }
    }

    static Read reader_of(FileDType dtype) noexcept
    {
        switch (dtype) {
        case FileDType::F64:
            return &read_elements<double, &from_double>;
        case FileDType::F32:
            return &read_elements<float, &from_single>;
        case FileDType::F16:
            return &read_elements<std::uint16_t, &float_from_half>;
        case FileDType::BF16:
            return &read_elements<std::uint16_t, &from_bf16>;
        default:
            return nullptr;
        }
    }

    const std::byte* data_;
    Read read_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
