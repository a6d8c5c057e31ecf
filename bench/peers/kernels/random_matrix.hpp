#pragma once

/// \file
/// Matrices of random numbers that a dtype holds exactly, so that all libraries multiply the same.

#include <cstddef>
#include <cstdint>
#include <random>

#include <tfm/tensor/tensor.hpp>

#include "library.hpp"

namespace kernel_peers {

using OwnedMatrix = tfm::Tensor<float, tfm::RowMajor<>>;

/// Which operand a matrix is: int8 kernels take unsigned activations and signed weights.
enum class Operand : std::uint8_t { x, weight };

/// A number from 24 random bits. Bytes of x stay under 128: without instructions for dot products
/// of bytes, oneDNN adds pairs of products in 16 bits, where larger ones saturate.
inline float random_value(Dtype dtype, Operand operand, std::uint32_t bits)
{
    if (dtype == Dtype::int8) {
        float const unsigned_byte = static_cast<float>(bits % 128);
        return operand == Operand::x ? unsigned_byte : unsigned_byte - 64.0F;
    }
    float const value = static_cast<float>(bits) * 0x1p-23F - 1.0F;
    return dtype == Dtype::bf16 ? static_cast<float>(tfm::bf16(value)) : value;
}

inline OwnedMatrix random_matrix(std::size_t rows, std::size_t cols, Dtype dtype, Operand operand)
{
    OwnedMatrix matrix({rows, cols});
    std::minstd_rand generator(operand == Operand::x ? 1 : 2);
    for (std::size_t i = 0; i < matrix.size(); ++i) {
        auto const bits = static_cast<std::uint32_t>(generator()) >> 7;
        matrix.data()[i] = random_value(dtype, operand, bits);
    }
    return matrix;
}

} // namespace kernel_peers
