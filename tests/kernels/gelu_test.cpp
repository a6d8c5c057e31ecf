#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/gelu.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

template <class Layout>
class GeluLayouts : public testing::Test {
};
using Layouts = testing::Types<RowMajor<>, Padded<>, Strided<>, RowMajor<dyn, 33>, Padded<3, 65>,
                               Strided<3, 15>, Vec<>, Vec<100>>;
TYPED_TEST_SUITE(GeluLayouts, Layouts);

// What GELU is worth at each float is tested in tests/simd; here, that each element gets its own.
TYPED_TEST(GeluLayouts, AgreesWithTheOracleAlsoInPlace)
{
    for (std::size_t const free_cols : {1U, 2U, 3U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 768U}) {
        std::size_t const rows = TypeParam::rows == dyn ? 5 : TypeParam::rows;
        std::size_t const cols = TypeParam::cols == dyn ? free_cols : TypeParam::cols;
        ExactMatrix<TypeParam> x(rows, cols);
        ExactMatrix<TypeParam> out(rows, cols);
        ExactMatrix<TypeParam> expected(rows, cols);
        Numbers numbers(5);
        x.fill([&] { return numbers.uniform() * 8.0F; });

        reference::gelu(x.view(), expected.view());
        gelu(x.view(), out.view());
        EXPECT_LE(test::largest_error(out, expected), 1e-6) << cols;
        reference::gelu_tanh(x.view(), expected.view());
        gelu_tanh(x.view(), out.view());
        EXPECT_LE(test::largest_error(out, expected), 1e-6) << cols;

        gelu_tanh(x.view(), x.view());
        EXPECT_EQ(test::first_difference(x, out), "") << "in place, " << cols;
    }
}

TEST(GeluErrors, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> x(2, 5);
    ExactMatrix<RowMajor<>> out(2, 6);
    ExactMatrix<RowMajor<>> tall(3, 5);
    EXPECT_EQ(test::error_message([&] { gelu(x.view(), out.view()); }),
              "tfm::gelu: x is 2 x 5, the output 2 x 6");
    EXPECT_EQ(test::error_message([&] { gelu_tanh(x.view(), tall.view()); }),
              "tfm::gelu_tanh: x is 2 x 5, the output 3 x 5");
}

} // namespace
