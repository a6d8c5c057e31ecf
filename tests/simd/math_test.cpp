#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include <tfm/simd/math.hpp>

#include "largest_ulp.hpp"

namespace {

using namespace tfm;
using simd::vec;

constexpr float lowest = std::numeric_limits<float>::lowest();
constexpr float greatest = std::numeric_limits<float>::max();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using Function = vec (*)(vec);
using Exact = double (*)(double);

double exact_exp(double x) { return std::exp(x); }
double exact_exp2(double x) { return std::exp2(x); }
double exact_gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double exact_silu(double x) { return x / (1.0 + std::exp(-x)); }

/// With 1 + tanh u = 2 / (1 + exp(-2u)), which keeps its digits where tanh u is near -1.
double exact_gelu_tanh(double x)
{
    double const u = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
    return x / (1.0 + std::exp(-2.0 * u));
}

float at(Function f, float x) { return test::lanes_of(f(simd::broadcast(x)))[0]; }

struct Case {
    const char* name;
    Function function;
    Exact exact;
    float low;
    float high;
    std::uint32_t step;
    double ulps;

    friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};

// Ranges in which the results are normal floats: every 4001st float, and more where most happens.
// Where an activation vanishes its argument's half unit weighs as much as the exponent is large.
constexpr Case cases[] = {
    {"exp", simd::exp, exact_exp, -87.336F, 88.7228F, 4001, 1.5},
    {"exp, negative", simd::exp, exact_exp, -87.336F, -0.1F, 101, 1.5},
    {"exp, positive", simd::exp, exact_exp, 0.1F, 88.7228F, 101, 1.5},
    {"exp2", simd::exp2_nonpositive, exact_exp2, -126.0F, 0.0F, 4001, 1.2},
    {"exp2, down to 2^-126", simd::exp2_nonpositive, exact_exp2, -126.0F, -0.1F, 101, 1.2},
    {"gelu, from -1", simd::gelu, exact_gelu, -1.0F, greatest, 4001, 6.0},
    {"gelu, -1 to -0.1", simd::gelu, exact_gelu, -1.0F, -0.1F, 101, 6.0},
    {"gelu, 0.1 to 10", simd::gelu, exact_gelu, 0.1F, 10.0F, 101, 6.0},
    {"gelu, below -1", simd::gelu, exact_gelu, -12.5F, -1.0F, 101, 200.0},
    {"gelu_tanh, from -1", simd::gelu_tanh, exact_gelu_tanh, -1.0F, greatest, 4001, 4.0},
    {"gelu_tanh, -1 to -0.1", simd::gelu_tanh, exact_gelu_tanh, -1.0F, -0.1F, 101, 4.0},
    {"gelu_tanh, 0.1 to 10", simd::gelu_tanh, exact_gelu_tanh, 0.1F, 10.0F, 101, 4.0},
    {"gelu_tanh, below -1", simd::gelu_tanh, exact_gelu_tanh, -9.9F, -1.0F, 101, 200.0},
    {"silu, from -1", simd::silu, exact_silu, -1.0F, greatest, 4001, 4.0},
    {"silu, -1 to -0.1", simd::silu, exact_silu, -1.0F, -0.1F, 101, 4.0},
    {"silu, 0.1 to 20", simd::silu, exact_silu, 0.1F, 20.0F, 101, 4.0},
    {"silu, below -1", simd::silu, exact_silu, -88.0F, -1.0F, 101, 90.0},
};

class MathAccuracy : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Ranges, MathAccuracy, testing::ValuesIn(cases));

TEST_P(MathAccuracy, StaysWithinItsBound)
{
    auto const [name, function, exact, low, high, step, ulps] = GetParam();
    auto const largest = test::largest_ulp(low, high, step, function, exact);
    RecordProperty("largest_ulp", std::string(name) + ": " + largest.text());
    EXPECT_LE(largest.ulp, ulps) << name << ": " << largest.text();
}

// From where the accuracy is no longer tested down to the lowest float.
TEST(Math, VanishesFarBelowZero)
{
    struct Tail {
        Function function;
        Exact exact;
        float from;
        double largest_error;
    };
    double const smallest_normal = static_cast<double>(std::numeric_limits<float>::min());
    for (auto const [function, exact, from, largest_error] :
         {Tail{simd::exp, exact_exp, -87.336F, smallest_normal},
          Tail{simd::exp2_nonpositive, exact_exp2, -126.0F, smallest_normal},
          Tail{simd::gelu, exact_gelu, -12.5F, 1e-36},
          Tail{simd::gelu_tanh, exact_gelu_tanh, -9.9F, 1e-36},
          Tail{simd::silu, exact_silu, -88.0F, 1e-36}}) {
        for (test::FloatRange floats(lowest, from, 50'021); !floats.done();) {
            float const x = floats.next();
            ASSERT_NEAR(at(function, x), exact(static_cast<double>(x)), largest_error) << x;
        }
        for (float const x : {-200.0F, lowest, -infinity}) EXPECT_EQ(at(function, x), 0.0F) << x;
    }
}

TEST(Math, KeepsNaN)
{
    for (Function const f :
         {Function{simd::exp}, Function{simd::exp2_nonpositive}, Function{simd::gelu},
          Function{simd::gelu_tanh}, Function{simd::silu}}) {
        EXPECT_TRUE(std::isnan(at(f, nan)));
        EXPECT_TRUE(std::isnan(at(f, std::nanf("0x3fffff"))));
        EXPECT_TRUE(std::isnan(at(f, -nan)));
    }
}

TEST(Exp, OverflowsAbove)
{
    float const last = 0x1.62e42ep6F; // 88.72283
    EXPECT_LT(at(simd::exp, last), infinity);
    for (float const x : {std::nextafter(last, infinity), 88.8F, 89.5F, 100.0F, greatest, infinity})
        EXPECT_EQ(at(simd::exp, x), infinity) << x;
}

TEST(Exp, IsOneAtZero)
{
    for (Function const f : {Function{simd::exp}, Function{simd::exp2_nonpositive}}) {
        for (float const x : {0.0F, -0.0F, -1e-45F, -1e-38F}) EXPECT_EQ(at(f, x), 1.0F) << x;
    }
    EXPECT_EQ(at(simd::exp, 1e-38F), 1.0F);
}

TEST(Activations, ReturnLargeArgumentsAndZeros)
{
    for (Function const f :
         {Function{simd::gelu}, Function{simd::gelu_tanh}, Function{simd::silu}}) {
        for (float const x : {20.0F, 100.0F, 1e10F, 1e30F, greatest, infinity})
            EXPECT_EQ(at(f, x), x);
        for (float const zero : {0.0F, -0.0F}) {
            EXPECT_EQ(at(f, zero), 0.0F);
            EXPECT_EQ(std::signbit(at(f, zero)), std::signbit(zero));
        }
    }
}

} // namespace
