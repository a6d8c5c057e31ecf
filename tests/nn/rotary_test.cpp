#include <cmath>
#include <cstddef>

#include <gtest/gtest.h>

#include <tfm/nn/rotary.hpp>

namespace {

using namespace tfm;

TEST(RotarySource, BringsPairsOfHalvesTogether)
{
    std::size_t const expected[] = {0, 3, 1, 4, 2, 5, 6, 7, 8, 9};
    for (std::size_t i = 0; i < 10; ++i)
        EXPECT_EQ(rotary_source(RotaryPairing::halves, 6, i), expected[i]);
}

TEST(RotaryAngles, TurnByTheBasesPowers)
{
    float angles[6];
    rotary_angles(Rotary{}, 6, 5, angles);
    for (std::size_t pair = 0; pair < 3; ++pair) {
        double const angle = 5.0 * std::pow(10000.0, -2.0 * static_cast<double>(pair) / 6.0);
        EXPECT_NEAR(static_cast<double>(angles[2 * pair]), std::cos(angle), 1e-6);
        EXPECT_NEAR(static_cast<double>(angles[2 * pair + 1]), std::sin(angle), 1e-6);
    }
}

} // namespace
