#include <algorithm>
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

TEST(Rope, TurnsAPairAlikeInRunsOfAnyLength)
{
    constexpr std::size_t cols = 70;
    ExactMatrix<RowMajor<>> x(1, cols);
    ExactMatrix<RowMajor<>> in_runs(1, cols);
    ExactMatrix<RowMajor<>> angles(1, cols);
    test::Numbers numbers(4);
    angles.fill([&] { return numbers.uniform(); });
    for (std::size_t const run : {2U, 6U, 16U, 48U}) {
        x.fill([&] { return numbers.uniform(); });
        std::copy_n(x.view().data(), cols, in_runs.view().data());
        rope(x.view(), angles.view());
        for (std::size_t first = 0; first < cols; first += run) {
            RowMajor<> const extent(1, std::min(run, cols - first));
            rope(View<float, RowMajor<>>(in_runs.view().data() + first, extent),
                 View<const float, RowMajor<>>(angles.view().data() + first, extent));
        }
        EXPECT_EQ(test::first_difference(in_runs, x), "") << run;
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
