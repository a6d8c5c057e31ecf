#include <cmath>
#include <cstddef>
#include <limits>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include <tfm/simd/math.hpp>

#include "largest_ulp.hpp"

namespace {

using namespace tfm;
using simd::vec;
using test::lanes_of;

double exact_gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

/// With 1 + tanh u = 2 / (1 + exp(-2u)), which keeps its digits where tanh u is near -1.
double exact_gelu_tanh(double x)
{
    double const u = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
    return x / (1.0 + std::exp(-2.0 * u));
}

using Function = vec (*)(vec);
using Exact = double (*)(double);

struct Case {
    const char* name;
    Function function;
    Exact exact;
    float low;
    float high;
    double ulps;

    friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};

// Where x is far below zero the result is tiny and an argument's half unit weighs x^2 times as
// much: 100 units there are 1e-5 of a number below 1e-2.
constexpr Case cases[] = {
    {"gelu, positive", simd::gelu, exact_gelu, 0.0F, 3.4e38F, 8.0},
    {"gelu, near zero", simd::gelu, exact_gelu, -1.0F, 0.0F, 8.0},
    {"gelu, negative", simd::gelu, exact_gelu, -12.5F, -1.0F, 300.0},
    {"gelu_tanh, positive", simd::gelu_tanh, exact_gelu_tanh, 0.0F, 1e12F, 4.0},
    {"gelu_tanh, near zero", simd::gelu_tanh, exact_gelu_tanh, -1.0F, 0.0F, 8.0},
    {"gelu_tanh, negative", simd::gelu_tanh, exact_gelu_tanh, -9.9F, -1.0F, 300.0},
};

class Activation : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ranges, Activation, testing::ValuesIn(cases));

TEST_P(Activation, StaysWithinItsBound)
{
    auto const [name, function, exact, low, high, ulps] = GetParam();
    auto const largest = test::largest_ulp(low, high, 1009, function, exact);
    RecordProperty("largest_ulp", std::string(name) + ": " + largest.text());
    EXPECT_LE(largest.ulp, ulps) << name << ": " << largest.text();
}

TEST(Activations, SaturateAtBothEnds)
{
    for (Function const f : {Function{simd::gelu}, Function{simd::gelu_tanh}}) {
        auto const at = [f](float x) { return lanes_of(f(simd::broadcast(x)))[0]; };
        for (float const x : {14.0F, 100.0F, 1e10F, 1e30F, 3.4e38F}) {
            EXPECT_EQ(at(x), x);
            EXPECT_NEAR(at(-x), 0.0F, 1e-36F) << -x;
        }
        EXPECT_EQ(at(std::numeric_limits<float>::infinity()),
                  std::numeric_limits<float>::infinity());
        EXPECT_TRUE(std::isnan(at(std::numeric_limits<float>::quiet_NaN())));
        EXPECT_EQ(at(0.0F), 0.0F);
        EXPECT_EQ(at(-0.0F), 0.0F);
        EXPECT_TRUE(std::signbit(at(-0.0F)));
    }
}

} // namespace
