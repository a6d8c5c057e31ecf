#include <cstddef>
#include <cstdint>
#include <new>

#include <gtest/gtest.h>

#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/tensor.hpp>

#include "own_layouts.hpp"

namespace {

using namespace tfm;

static_assert(Layout<ColumnMajor<2, 3>> && !RowsLayout<ColumnMajor<2, 3>>);
static_assert(Layout<Blocked> && !RowsLayout<Blocked>);
static_assert(Layout<PairOfRows> && RowsLayout<PairOfRows>);

TEST(ALayoutOfOnesOwn, HoldsElementsWhereItSays)
{
    Tensor<float, ColumnMajor<2, 3>> columns;
    EXPECT_EQ(columns.size(), 6U);
    columns(1, 0) = 3.0F;
    columns(0, 2) = 5.0F;
    EXPECT_EQ(columns.data()[1], 3.0F);
    EXPECT_EQ(columns.data()[4], 5.0F);
    EXPECT_EQ(columns.clone()(0, 2), 5.0F);

    Tensor<bf16, Blocked> blocks(Blocked(3, 5));
    EXPECT_EQ(blocks.size(), 2U * 3U * 4U) << "two by three blocks of two by two";
    blocks(2, 3) = bf16(7.0F);
    EXPECT_EQ(static_cast<float>(blocks.data()[3 * 4 + 1 * 4 + 0 * 2 + 1]), 7.0F);
}

TEST(ALayoutOfOnesOwn, ThatStatesContiguousRowsIsTakenByKernels)
{
    Tensor<float, PairOfRows> x;
    for (std::size_t j = 0; j < 3; ++j) x(1, j) = static_cast<float>(j);
    softmax(x.view(), x.view());
    // exp(0), exp(1), exp(2) over their sum.
    EXPECT_NEAR(x(1, 0), 0.09003057, 1e-6);
    EXPECT_NEAR(x(1, 1), 0.24472847, 1e-6);
    EXPECT_NEAR(x(1, 2), 0.66524096, 1e-6);
}

TEST(ALayoutOfOnesOwn, LargerThanAnyMemoryIsRefused)
{
    EXPECT_THROW((tfm::Tensor<float, Blocked>(Blocked(SIZE_MAX / 8, 4))), std::bad_alloc);
}

} // namespace
