#pragma once

/// \file
/// The atom of AVX2 for many rows of int8: weights and inputs widened to 16 bits, pairs of which
/// VPMADDWD multiplies and adds exactly. Inputs may be 16-bit integers to begin with, which VNNI
/// takes as two rows of bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../../tensor/layout.hpp"
#include "../intrinsics.hpp"
#include "register_atom.hpp"

/// Whether widening pays: products of bytes take four instructions here, those of 16 bits two.
#define TFM_WIDENS_INT8 (TFM_ISA_HAS_AVX2 && !TFM_ISA_HAS_AVX512_VNNI && !TFM_ISA_HAS_AVX_VNNI)

#if TFM_WIDENS_INT8

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

TFM_INTRINSICS_BEGIN

/// sum += x0 w0 + x1 w1 for pairs of 16 bits.
struct Int16Step {
    using input_type = std::int16_t;
    using weight_type = std::int16_t;
    using sum_type = std::int32_t;
    using Sum = __m256i;
    using Cell = __m256i;

    static constexpr int registers_per_cell = 2;
    static constexpr std::size_t phases = 1;
    static constexpr int others = 1;       ///< a product
    static constexpr int accumulators = 8; ///< GCC 12 spills some of 12

    static Sum start(const std::int16_t*, std::size_t) noexcept { return _mm256_setzero_si256(); }
    static Cell cell(const std::int16_t* at, std::size_t) noexcept
    {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    }
    static Cell input(const std::int16_t* at, std::size_t) noexcept
    {
        std::int32_t pair = 0;
        std::memcpy(&pair, at, sizeof(pair));
        return _mm256_set1_epi32(pair);
    }
    static void accumulate(Sum& sum, Cell input, Cell cell) noexcept
    {
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(input, cell));
    }
    static void store(std::int32_t* to, Sum sum) noexcept
    {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sum);
    }
};

using Int16Atom = RegisterAtom<Int16Step>;

/// Widens cells of four int8 a column to twice as many of two 16-bit integers.
inline void widen_cells(const std::int8_t* cells, std::size_t count, std::int16_t* to) noexcept
{
    // The first pair of each column, then the second, each byte in the upper half of its 16 bits.
    __m256i const first = _mm256_set1_epi32(0x01800080);
    __m256i const second = _mm256_set1_epi32(0x03800280);
    __m256i const column = _mm256_set_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0, 0x0C0C0C0C,
                                            0x08080808, 0x04040404, 0);
    auto const pairs = [&](__m256i bytes, __m256i which) {
        return _mm256_srai_epi16(_mm256_shuffle_epi8(bytes, _mm256_or_si256(which, column)), 8);
    };
    auto const put = [](std::int16_t* at, __m256i value) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), value);
    };
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t half = 0; half < 2; ++half) {
            auto const bytes =
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cells + i * 64 + half * 32));
            put(to + i * 64 + half * 16, pairs(bytes, first));
            put(to + i * 64 + 32 + half * 16, pairs(bytes, second));
        }
    }
}

/// Widens a row of int8.
inline void widen_row(const std::int8_t* x, std::size_t count, std::int16_t* to) noexcept
{
    for (std::size_t i = 0; i < count; ++i) to[i] = x[i];
}

/// 256 times the upper halves plus the lower ones.
inline void join_halves(const std::int8_t* high, const std::int8_t* low, std::size_t count,
                        std::int16_t* to) noexcept
{
    for (std::size_t i = 0; i < count; ++i)
        to[i] = static_cast<std::int16_t>(high[i] * 256 + low[i]);
}

TFM_INTRINSICS_END

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm

#endif
