#pragma once

/// \file
/// Activations with something in them, and how threads share them.

#include <bit>
#include <cstddef>
#include <cstdint>

#include <tfm/parallel.hpp>
#include <tfm/tensor/tensor.hpp>

namespace tfm::bench {

/// Activations (M, N), sizes known at run time: no kernel is compiled for a shape of its own.
using Rows = Tensor<float, RowMajor<>>;

/// Numbers between -1 and 1. Each float has the same bf16 in its upper and lower half, so that the
/// same bytes are also sensible bf16 and int8 values: no subnormals, no NaN.
inline void fill_random(float* out, std::size_t count)
{
    std::uint32_t state = 1;
    for (std::size_t i = 0; i < count; ++i) {
        state = state * 1664525U + 1013904223U;
        bf16 const value(static_cast<float>(state >> 8) * 0x1p-23F - 1.0F);
        out[i] = std::bit_cast<float>(std::uint32_t{value.bits} * 0x10001U);
    }
}

/// Random activations (m, n).
inline Rows random_rows(std::size_t m, std::size_t n)
{
    Rows rows({m, n});
    fill_random(rows.data(), rows.size());
    return rows;
}

/// This thread's share of the rows.
template <class T, Layout L>
auto own_rows(View<T, L> x, Team team)
{
    IndexRange const mine = team.share(x.rows());
    return row_range(x, mine.begin, mine.size());
}

} // namespace tfm::bench
