#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/models/balance.hpp>

namespace {

using tfm::TFM_ISA_NAMESPACE::detail::balancing_factors;

// sqrt(a / r) by hand: 2, 1/2, 1, whose geometric mean is 1.
TEST(BalancingFactors, AreTheRootsOfTheQuotients)
{
    std::array<float, 3> const inputs{8.0F, 1.0F, 3.0F};
    std::array<float, 3> const rows{2.0F, 4.0F, 3.0F};
    std::vector<float> const factors = balancing_factors(inputs, rows);
    EXPECT_FLOAT_EQ(factors[0], 2.0F);
    EXPECT_FLOAT_EQ(factors[1], 0.5F);
    EXPECT_FLOAT_EQ(factors[2], 1.0F);
}

TEST(BalancingFactors, UndoWhatMovedMagnitudeBefore)
{
    std::array<float, 4> const inputs{1.0F, 2.0F, 0.5F, 1.5F};
    std::array<float, 4> const rows{0.3F, 0.1F, 0.2F, 0.4F};
    std::array<float, 4> outlying = inputs;
    std::array<float, 4> shrunk = rows;
    outlying[2] *= 30.0F;
    shrunk[2] /= 30.0F;
    std::vector<float> const before = balancing_factors(inputs, rows);
    std::vector<float> const after = balancing_factors(outlying, shrunk);
    float const common = (inputs[0] / before[0]) / (outlying[0] / after[0]);
    for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_NEAR(outlying[k] / after[k] * common, inputs[k] / before[k], 1e-6F);
        EXPECT_NEAR(shrunk[k] * after[k] / common, rows[k] * before[k], 1e-6F);
    }
}

TEST(BalancingFactors, LeaveZerosAndExtremesAlone)
{
    constexpr float tiny = std::numeric_limits<float>::denorm_min();
    std::array<float, 5> const inputs{0.0F, 1.0F, 0.0F, 1e38F, 1.0F};
    std::array<float, 5> const rows{1.0F, 0.0F, 0.0F, tiny, 1.0F};
    for (float const factor : balancing_factors(inputs, rows)) EXPECT_EQ(factor, 1.0F);
    EXPECT_TRUE(balancing_factors({}, {}).empty());
}

} // namespace
