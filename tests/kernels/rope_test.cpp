#include <cstddef>

#include <gtest/gtest.h>

#include <tfm/kernels/reference.hpp>
#include <tfm/kernels/rope.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;

TEST(Rope, AgreesWithTheOracleAndLeavesTheRest)
{
    for (std::size_t const cols : {2U, 5U, 16U, 18U, 64U, 80U}) {
        for (std::size_t turned = 0; turned <= cols; turned += 2) {
            ExactMatrix<Strided<>> x(7, cols);
            ExactMatrix<Strided<>> expected(7, cols);
            ExactMatrix<RowMajor<>> angles(7, turned);
            test::Numbers numbers(static_cast<std::uint32_t>(cols + 100 * turned));
            x.fill([&] { return numbers.uniform(); });
            angles.fill([&] { return numbers.uniform(); });
            for (std::size_t i = 0; i < 7; ++i) {
                for (std::size_t j = 0; j < cols; ++j) expected.view()(i, j) = x.view()(i, j);
            }
            reference::rope(expected.view(), angles.view());
            rope(x.view(), angles.view());
            EXPECT_LE(test::largest_error(x, expected), 2.5e-7) << turned << " of " << cols;
        }
    }
}

TEST(Rope, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> x(2, 6);
    auto const message = [&](std::size_t rows, std::size_t cols) {
        ExactMatrix<RowMajor<>> angles(rows, cols);
        return test::error_message([&] { rope(x.view(), angles.view()); });
    };
    EXPECT_EQ(message(2, 8), "tfm::rope: x is 2 x 6, the angles 2 x 8; expected as many rows and "
                             "an even number of columns, no more than x has");
    EXPECT_NE(message(2, 3), "");
    EXPECT_NE(message(1, 4), "");
    EXPECT_EQ(message(2, 6), "");
}

} // namespace
