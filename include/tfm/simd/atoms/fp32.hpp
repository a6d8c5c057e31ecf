#pragma once

/// \file
/// The fp32 atom: FMA over packed cells.

#include <cstddef>

#include "../vec.hpp"
#include "register_atom.hpp"

namespace tfm {
inline namespace TFM_ISA_NAMESPACE {
namespace simd {

/// sum += x w for fp32 inputs and weights.
struct Fp32Step {
    using input_type = float;
    using weight_type = float;
    using sum_type = float;
    using Sum = vec;
    using Cell = vec;

    static constexpr int registers_per_cell = static_cast<int>(panel_width / lanes);
    static constexpr std::size_t phases = 1;
    static constexpr int others = 0;

    /// A step over k also holds one cell per panel and one broadcast input: 24 + 2 + 1 of AVX-512's
    /// 32 registers at 12 x 2, 12 + 2 + 1 of AVX2's 16 at 6 x 1.
    static constexpr int accumulators = vector_registers == 32 ? 24 : 12;

    static vec start(const float*, std::size_t) noexcept { return broadcast(0.0F); }
    static vec cell(const float* at, std::size_t) noexcept { return load(at); }
    static vec input(const float* at, std::size_t) noexcept { return broadcast(*at); }
    static void accumulate(vec& sum, vec input, vec cell) noexcept { sum = fma(input, cell, sum); }
    static void store(float* to, vec sum) noexcept { simd::store(to, sum); }
};

using Fp32Atom = RegisterAtom<Fp32Step>;

} // namespace simd
} // namespace TFM_ISA_NAMESPACE
} // namespace tfm
