#include <algorithm>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/layer_norm.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr float epsilon = 1e-5F;

/// x = offset + spread * uniform, and the kernel's largest error against the oracle, in place and
/// not. `LP` is the layout of gain and bias.
template <class L, class LP>
double layer_norm_error(std::size_t rows, std::size_t cols, float offset, float spread)
{
    ExactMatrix<L> x(rows, cols);
    ExactMatrix<L> out(rows, cols);
    ExactMatrix<L> expected(rows, cols);
    ExactMatrix<LP> gain(1, cols);
    ExactMatrix<LP> bias(1, cols);
    Numbers numbers(static_cast<std::uint32_t>(cols));
    x.fill([&] { return offset + spread * numbers.uniform(); });
    gain.fill([&] { return numbers.uniform(); });
    bias.fill([&] { return numbers.uniform(); });
    reference::layer_norm(x.view(), gain.view(), bias.view(), epsilon, expected.view());
    layer_norm(x.view(), gain.view(), bias.view(), epsilon, out.view());
    double const error = test::largest_error(out, expected);
    layer_norm(x.view(), gain.view(), bias.view(), epsilon, x.view());
    EXPECT_EQ(test::first_difference(x, out), "") << "in place";
    return error;
}

template <class Layout>
class LayerNorm : public testing::Test {
};
using Layouts = testing::Types<RowMajor<>, Padded<>, Strided<>, RowMajor<dyn, 33>, Padded<3, 65>,
                               Strided<3, 15>, Vec<>, Vec<100>>;
TYPED_TEST_SUITE(LayerNorm, Layouts);

TYPED_TEST(LayerNorm, AgreesWithTheOracleAlsoInPlace)
{
    double worst = 0.0;
    for (std::size_t const free_cols : {1U, 2U, 3U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 768U}) {
        for (float const spread : {1.0F, 100.0F, 1e6F, 1e15F}) {
            std::size_t const rows = TypeParam::rows == dyn ? 5 : TypeParam::rows;
            std::size_t const cols = TypeParam::cols == dyn ? free_cols : TypeParam::cols;
            worst = std::max(
                worst, layer_norm_error<TypeParam, Vec<TypeParam::cols>>(rows, cols, 0.0F, spread));
        }
    }
    this->RecordProperty("largest_error_in_billionths", std::to_string(worst * 1e9));
    EXPECT_LE(worst, 3e-6);
}

// A mean far from zero costs the digits that the inputs themselves lack and no more: the mean, off
// by the roundings of a sum, shifts every centred value.
TEST(LayerNormExtremes, KeepsItsDigitsWhenTheMeanIsLarge)
{
    for (float const offset : {10.0F, 1000.0F}) {
        for (std::size_t const cols : {2U, 17U, 768U}) {
            EXPECT_LE((layer_norm_error<RowMajor<>, Vec<>>(3, cols, offset, 1.0F)), 3e-6 * offset)
                << offset << ", " << cols << " columns";
        }
    }
}

TEST(LayerNormExtremes, OfAConstantRowIsTheBias)
{
    for (float const value : {0.0F, 1e-45F, -3.0F, 1e-20F}) {
        EXPECT_LE((layer_norm_error<RowMajor<>, Vec<>>(2, 37, value, 0.0F)), 1e-6) << value;
        EXPECT_LE((layer_norm_error<RowMajor<>, Vec<>>(2, 1, value, 0.0F)), 1e-6) << value;
    }
}

TEST(LayerNormErrors, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> x(2, 5);
    ExactMatrix<RowMajor<>> out(2, 5);
    ExactMatrix<RowMajor<>> tall(3, 5);
    ExactMatrix<Vec<>> five(1, 5);
    ExactMatrix<Vec<>> six(1, 6);
    auto const message = [&](auto& gain, auto& bias, auto& to) {
        return test::error_message(
            [&] { layer_norm(x.view(), gain.view(), bias.view(), epsilon, to.view()); });
    };
    EXPECT_EQ(message(six, five, out),
              "tfm::layer_norm: the gain has 6 elements, and the rows have 5");
    EXPECT_NE(message(five, six, out), "");
    EXPECT_NE(message(five, five, tall), "");
}

} // namespace
