#pragma once

/// \file
/// Random numbers that are the same on every machine.

#include <bit>
#include <cmath>
#include <cstdint>

namespace tfm::numbers_detail {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the result depends on
/// every bit of `x`.
constexpr std::uint64_t mix64(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

/// Nearly normal numbers of mean 0, each a function of seed, stream and index alone: any number of
/// threads makes them in any order, and every compiler and machine makes the same ones, because all
/// is integer arithmetic up to one multiplication. (The standard library's distributions differ
/// between its implementations, and a logarithm between mathematical libraries.)
class NormalStream {
public:
    NormalStream(std::uint64_t seed, std::uint64_t stream, double deviation) noexcept
        : origin_(mix64(seed + increment * mix64(stream + 1))),
          scale_(deviation / (std::sqrt(coins_variance + dither_variance) * unit))
    {
    }

    float operator()(std::uint64_t index) const noexcept
    {
        // 64 coins are binomial, nearly normal but for their steps of one; the difference of two
        // uniform numbers, which is triangular, fills the steps linearly.
        std::uint64_t const coins = bits(2 * index);
        std::uint64_t const dither = bits(2 * index + 1);
        auto const heads = static_cast<std::int64_t>(std::popcount(coins)) - 32;
        auto const offset = static_cast<std::int64_t>(dither >> 32U) -
                            static_cast<std::int64_t>(dither & 0xFFFFFFFFU);
        std::int64_t const fixed_point = heads * (std::int64_t{1} << 32U) + offset;
        return static_cast<float>(static_cast<double>(fixed_point) * scale_);
    }

private:
    static constexpr std::uint64_t increment = 0x9E3779B97F4A7C15U; // 2^64 / golden ratio
    static constexpr double unit = 0x1p32;
    static constexpr double coins_variance = 16.0;
    static constexpr double dither_variance = 1.0 / 6.0;

    std::uint64_t bits(std::uint64_t counter) const noexcept
    {
        return mix64(origin_ + increment * counter);
    }

    std::uint64_t origin_;
    double scale_;
};

} // namespace tfm::numbers_detail
