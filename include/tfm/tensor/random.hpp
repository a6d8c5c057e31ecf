#pragma once

/// \file
/// Random elements from a seed, the same on every machine: integers decide everything, and floating
/// point is used only where it rounds once, whatever the compiler fuses.

#include <cstddef>
#include <cstdint>

#include "convert.hpp"
#include "lines.hpp"

namespace tfm {

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
class SplitMix64 {
public:
    /// Equal seeds give equal numbers.
    explicit constexpr SplitMix64(std::uint64_t seed) noexcept : state_(seed) {}

    /// The next 64 random bits.
    constexpr std::uint64_t operator()() noexcept
    {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

private:
    std::uint64_t state_;
};

namespace tensor_detail {

/// Draws from the standard normal distribution exactly but for the 32 bits of the fraction: Karney,
/// "Sampling exactly from the normal distribution", 2016, algorithm N. Comparisons of random
/// integers are all it takes; a number stands for itself divided by 2^32.
class NormalDeviates {
public:
    explicit constexpr NormalDeviates(std::uint64_t seed) noexcept : bits_(seed) {}

    constexpr double operator()() noexcept
    {
        for (;;) {
            std::uint64_t k = 0;
            while (half_exponential()) ++k;
            std::uint64_t times = k * (k > 0 ? k - 1 : 0);
            while (times > 0 && half_exponential()) --times;
            if (times > 0) continue;
            std::uint64_t const x = uniform();
            std::uint64_t more = k + 1;
            while (more > 0 && fraction_accepted(k, x)) --more;
            if (more > 0) continue;
            double const magnitude = static_cast<double>((k << 32U) + x) / 4294967296.0;
            return (bits_() >> 63U) != 0 ? -magnitude : magnitude;
        }
    }

private:
    constexpr std::uint64_t uniform() noexcept { return bits_() >> 32U; }

    /// True with probability exp(-1/2): whether the longest decreasing run of uniform numbers below
    /// one half has an even length.
    constexpr bool half_exponential() noexcept
    {
        std::uint64_t last = std::uint64_t{1} << 31U;
        for (bool even = true;; even = !even) {
            std::uint64_t const next = uniform();
            if (next >= last) return even;
            last = next;
        }
    }

    /// True with probability exp(-x (2 k + x) / (2 k + 2)).
    constexpr bool fraction_accepted(std::uint64_t k, std::uint64_t x) noexcept
    {
        std::uint64_t last = x;
        for (bool even = true;; even = !even) {
            std::uint64_t const next = uniform();
            if (next >= last || uniform() * (2 * k + 2) >= (k << 33U) + x) return even;
            last = next;
        }
    }

    SplitMix64 bits_;
};

template <class Out, class Draw>
void draw_elements(Out out, Draw&& draw)
{
    for_each_line(
        [&](std::size_t count, auto line) {
            for (std::size_t i = 0; i < count; ++i)
                line[i] = convert<typename Out::value_type>(draw());
        },
        out);
}

} // namespace tensor_detail

/// Every element uniform in [low, high), by steps of 2^-24 of the difference; the last axis
/// fastest, so that the layout does not matter.
template <WritableTensor Out>
void random_uniform(Out&& out, std::uint64_t seed, float low = 0, float high = 1)
{
    SplitMix64 bits(seed);
    double const width = static_cast<double>(high - low);
    tensor_detail::draw_elements(tensor_detail::view_of(out), [&] {
        // The product of 24 bits each is exact, so that the sum alone rounds.
        double const part = static_cast<double>(bits() >> 40U) / 16777216.0;
        return static_cast<float>(low + part * width);
    });
}

/// Every element from the normal distribution; the last axis fastest, so that the layout does not
/// matter.
template <WritableTensor Out>
void random_normal(Out&& out, std::uint64_t seed, float mean = 0, float deviation = 1)
{
    tensor_detail::NormalDeviates normal(seed);
    tensor_detail::draw_elements(tensor_detail::view_of(out), [&] {
        double const rounded = static_cast<float>(normal());
        return static_cast<float>(mean + rounded * deviation);
    });
}

} // namespace tfm
