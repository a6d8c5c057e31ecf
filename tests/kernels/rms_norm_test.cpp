#include <algorithm>
#include <cstddef>

#include <gtest/gtest.h>

#include <tfm/kernels/reference.hpp>
#include <tfm/kernels/rms_norm.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr float epsilon = 1e-6F;

/// The kernel's largest error against the oracle, in place and not.
template <class L>
double rms_norm_error(std::size_t rows, std::size_t cols, float spread)
{
    ExactMatrix<L> x(rows, cols);
    ExactMatrix<L> out(rows, cols);
    ExactMatrix<L> expected(rows, cols);
    ExactMatrix<Vec<L::cols>> gain(1, cols);
    Numbers numbers(static_cast<std::uint32_t>(cols));
    x.fill([&] { return spread * numbers.uniform(); });
    gain.fill([&] { return numbers.uniform(); });
    reference::rms_norm(x.view(), gain.view(), epsilon, expected.view());
    rms_norm(x.view(), gain.view(), epsilon, out.view());
    double const error = test::largest_error(out, expected);
    rms_norm(x.view(), gain.view(), epsilon, x.view());
    EXPECT_EQ(test::first_difference(x, out), "") << "in place";
    return error;
}

template <class Layout>
class RmsNorm : public testing::Test {
};
using Layouts =
    testing::Types<RowMajor<>, Padded<>, Strided<>, RowMajor<dyn, 33>, Padded<3, 65>, Vec<>>;
TYPED_TEST_SUITE(RmsNorm, Layouts);

TYPED_TEST(RmsNorm, AgreesWithTheOracleAlsoInPlace)
{
    for (std::size_t const free_cols : {1U, 2U, 7U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 768U}) {
        for (float const spread : {0.0F, 1e-4F, 1.0F, 1e6F, 1e15F}) {
            std::size_t const rows = TypeParam::rows == dyn ? 5 : TypeParam::rows;
            std::size_t const cols = TypeParam::cols == dyn ? free_cols : TypeParam::cols;
            EXPECT_LE((rms_norm_error<TypeParam>(rows, cols, spread)), 3e-6)
                << cols << " columns of about " << spread;
        }
    }
}

TEST(RmsNormErrors, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> x(2, 5);
    ExactMatrix<RowMajor<>> tall(3, 5);
    ExactMatrix<Vec<>> five(1, 5);
    ExactMatrix<Vec<>> six(1, 6);
    EXPECT_EQ(test::error_message([&] { rms_norm(x.view(), six.view(), epsilon, x.view()); }),
              "tfm::rms_norm: the gain has 6 elements, and the rows have 5");
    EXPECT_NE(test::error_message([&] { rms_norm(x.view(), five.view(), epsilon, tall.view()); }),
              "");
}

} // namespace
