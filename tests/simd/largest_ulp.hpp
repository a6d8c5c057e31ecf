#pragma once

/// \file
/// The accuracy of a function of `simd::vec` over a range of floats.

#include <array>
#include <cstddef>
#include <cstdint>

#include <tfm/simd/vec.hpp>

#include "ulp.hpp"

namespace tfm::test {

inline std::array<float, simd::lanes> lanes_of(simd::vec v)
{
    std::array<float, simd::lanes> values;
    simd::store(values.data(), v);
    return values;
}

/// Largest distance in units in the last place between f and `exact`, a function of a double, over
/// floats of [low, high] whose bit patterns are `step` apart.
template <class F, class Exact>
LargestUlp largest_ulp(float low, float high, std::uint32_t step, F&& f, Exact&& exact)
{
    LargestUlp largest;
    for (FloatRange floats(low, high, step); !floats.done();) {
        std::array<float, simd::lanes> x;
        for (float& value : x) value = floats.next();
        auto const y = lanes_of(f(simd::load(x.data())));
        for (std::size_t i = 0; i < simd::lanes; ++i)
            largest.add(x[i], y[i], exact(static_cast<double>(x[i])));
    }
    return largest;
}

} // namespace tfm::test
