#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/reference.hpp>
#include <tfm/kernels/softmax.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr float infinity = std::numeric_limits<float>::infinity();

template <class Layout>
class Softmax : public testing::Test {
};
using Layouts = testing::Types<RowMajor<>, Padded<>, Strided<>, RowMajor<dyn, 33>, Padded<3, 65>,
                               Strided<3, 15>, Vec<>, Vec<100>>;
TYPED_TEST_SUITE(Softmax, Layouts);

/// The largest |error| of any weight; rows are 1 for a Vec.
template <class L>
double softmax_error(std::size_t rows, std::size_t cols, float scale)
{
    ExactMatrix<L> x(rows, cols);
    ExactMatrix<L> out(rows, cols);
    ExactMatrix<L> expected(rows, cols);
    Numbers numbers(static_cast<std::uint32_t>(cols));
    x.fill([&] { return numbers.uniform() * scale; });
    out.fill([] { return -1.0F; });
    reference::softmax(x.view(), expected.view());
    softmax(x.view(), out.view());
    double const error = test::largest_error(out, expected);
    softmax(x.view(), x.view());
    EXPECT_EQ(test::first_difference(x, out), "") << "in place";
    return error;
}

TYPED_TEST(Softmax, AgreesWithTheOracleAlsoInPlace)
{
    double worst = 0.0;
    for (std::size_t const free_cols : {1U, 2U, 3U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 1000U}) {
        for (float const scale : {0.01F, 1.0F, 20.0F, 1000.0F}) {
            std::size_t const rows = TypeParam::rows == dyn ? 5 : TypeParam::rows;
            std::size_t const cols = TypeParam::cols == dyn ? free_cols : TypeParam::cols;
            worst = std::max(worst, softmax_error<TypeParam>(rows, cols, scale));
        }
    }
    this->RecordProperty("largest_error_in_billionths", std::to_string(worst * 1e9));
    EXPECT_LE(worst, 3e-7);
}

/// softmax of a row of `count` values, then more of another value.
std::array<float, 37> weights_of(float first, std::size_t count, float others)
{
    ExactMatrix<Vec<37>> x(1, 37);
    std::size_t index = 0;
    x.fill([&] { return index++ < count ? first : others; });
    softmax(x.view(), x.view());
    std::array<float, 37> weights;
    std::copy_n(x.view().data(), 37, weights.begin());
    return weights;
}

TEST(SoftmaxExtremes, SharesEquallyAmongEqualValues)
{
    for (float const value : {0.0F, -0.0F, 1.0F, -1e30F, 1e30F, 3.4e38F, -3.4e38F, 1e-45F}) {
        for (float const weight : weights_of(value, 37, value))
            EXPECT_NEAR(weight, 1.0F / 37.0F, 4e-9F) << "of " << value;
    }
}

TEST(SoftmaxExtremes, GivesNothingToWhatIsFarBelow)
{
    for (float const others : {-1e30F, -3.4e38F, -infinity, -200.0F}) {
        for (std::size_t const count : {1U, 16U, 20U}) {
            auto const weights = weights_of(0.0F, count, others);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                float const expected = i < count ? 1.0F / static_cast<float>(count) : 0.0F;
                EXPECT_FLOAT_EQ(weights[i], expected) << i << ", others " << others;
            }
        }
    }
}

TEST(SoftmaxExtremes, SumsToOneWhereDifferencesOverflow)
{
    auto const weights = weights_of(3e38F, 2, -3e38F);
    EXPECT_FLOAT_EQ(weights[0], 0.5F);
    EXPECT_FLOAT_EQ(std::accumulate(weights.begin(), weights.end(), 0.0F), 1.0F);
}

TEST(SoftmaxErrors, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> x(2, 5);
    ExactMatrix<RowMajor<>> out(2, 6);
    ExactMatrix<RowMajor<>> tall(3, 5);
    EXPECT_EQ(test::error_message([&] { softmax(x.view(), out.view()); }),
              "tfm::softmax: x is 2 x 5, the output 2 x 6");
    EXPECT_NE(test::error_message([&] { softmax(x.view(), tall.view()); }), "");
}

} // namespace
