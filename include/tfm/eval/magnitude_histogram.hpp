#pragma once

/// \file
/// Quantiles of more numbers than can be held.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../config.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// Counts magnitudes in bins that split every octave into 512 equal parts: 1 MiB, however many
/// there are. A bin is a float without its sign and its last 14 bits.
class MagnitudeHistogram {
public:
    /// A quantile is off by no more than this part of itself. Magnitudes below 2^-126, the smallest
    /// normal float, are taken for 0.
    static constexpr double relative_error = 0x1p-10;

    /// Counts one more magnitude.
    void add(float magnitude) noexcept
    {
        ++counts_[(std::bit_cast<std::uint32_t>(magnitude) & ~sign_bit) >> dropped_bits];
        ++count_;
    }

    /// Magnitudes counted.
    std::uint64_t count() const noexcept { return count_; }

    /// The least magnitude that a share `q` of all do not exceed: 0.5 gives the (lower) median.
    /// NaN counts as more than infinity. Throws `tfm::Error` when there are none, or q is not in
    /// [0, 1].
    double quantile(double q) const
    {
        require(count_ > 0, [] { return "tfm::MagnitudeHistogram: no magnitudes were added"; });
        require(q >= 0.0 && q <= 1.0,
                [] { return "tfm::MagnitudeHistogram: expected a quantile from 0 to 1"; });
        double const wanted = std::ceil(q * static_cast<double>(count_));
        std::uint64_t reached = counts_[0];
        std::uint32_t bin = 0;
        while (reached == 0 || static_cast<double>(reached) < wanted) reached += counts_[++bin];
        return middle(bin);
    }

private:
    static constexpr std::uint32_t sign_bit = 0x80000000U;
    static constexpr std::uint32_t dropped_bits = 14;
    static constexpr std::uint32_t first_normal = 0x00800000U >> dropped_bits;
    static constexpr std::uint32_t infinity = 0x7F800000U >> dropped_bits;

    static double middle(std::uint32_t bin) noexcept
    {
        if (bin < first_normal) return 0.0;
        std::uint32_t const half = bin < infinity ? 1U << (dropped_bits - 1) : 0U;
        return static_cast<double>(std::bit_cast<float>((bin << dropped_bits) + half));
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(sign_bit >> dropped_bits);
    std::uint64_t count_ = 0;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
