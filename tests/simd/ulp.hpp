#pragma once

/// \file
/// Floats by their bit patterns, and errors in units in the last place.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace tfm::test {

/// Floats from `low` to `high` in ascending order, `step` bit patterns apart, so that every binade
/// is sampled alike; then `high` for ever.
class FloatRange {
public:
    FloatRange(float low, float high, std::uint32_t step)
        : at_(to_ordinal(low)), last_(to_ordinal(high)), step_(step)
    {
    }

    bool done() const noexcept { return at_ >= last_; }
    float next() noexcept
    {
        float const value = from_ordinal(at_ < last_ ? at_ : last_);
        at_ += step_;
        return value;
    }

private:
    /// Ascending with the float; both zeros are neighbours.
    static std::int64_t to_ordinal(float value) noexcept
    {
        auto const bits = std::bit_cast<std::int32_t>(value);
        return bits >= 0 ? bits : std::int64_t{std::numeric_limits<std::int32_t>::min()} - bits - 1;
    }
    static float from_ordinal(std::int64_t ordinal) noexcept
    {
        std::int64_t const bits =
            ordinal >= 0 ? ordinal
                         : std::int64_t{std::numeric_limits<std::int32_t>::min()} - ordinal - 1;
        return std::bit_cast<float>(static_cast<std::int32_t>(bits));
    }

    std::int64_t at_;
    std::int64_t last_;
    std::int64_t step_;
};

/// The size of the last bit of the float nearest to `value`.
inline double unit_in_the_last_place(double value) noexcept
{
    double const magnitude =
        std::fmax(std::abs(value), static_cast<double>(std::numeric_limits<float>::min()));
    return std::ldexp(1.0, std::ilogb(magnitude) - 23);
}

/// The largest error met, in units in the last place of the exact value.
struct LargestUlp {
    double ulp = 0.0;
    float x = 0.0F;

    void add(float at, float actual, double exact) noexcept
    {
        double const error =
            std::abs(static_cast<double>(actual) - exact) / unit_in_the_last_place(exact);
        if (error <= ulp) return;
        ulp = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
        x = at;
    }
    std::string text() const { return std::to_string(ulp) + " ulp at " + std::to_string(x); }
};

} // namespace tfm::test
