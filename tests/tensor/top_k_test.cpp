#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/top_k.hpp>

#include "own_layouts.hpp"

namespace {

using namespace tfm;
using Indices = std::vector<std::int32_t>;

template <class T>
Indices best_of(std::vector<T>& values, std::size_t k)
{
    Tensor<T, RowMajor<>> best({1, k});
    Tensor<std::int32_t, RowMajor<>> places({1, k});
    top_k_rows(View(values, RowMajor<>(1, values.size())), best, places);
    Indices result;
    for (std::size_t i = 0; i < k; ++i) {
        result.push_back(places(0, i));
        T const value = values[static_cast<std::size_t>(places(0, i))];
        EXPECT_TRUE(best(0, i) == value || value != value) << i;
    }
    return result;
}

// torch.topk(torch.arange(1., 6.), 3), the example of PyTorch's documentation.
TEST(TopK, IsPytorchsExample)
{
    std::vector<float> x{1, 2, 3, 4, 5};
    EXPECT_EQ(best_of(x, 3), (Indices{4, 3, 2}));
}

TEST(TopK, PutsTheFirstOfEqualElementsFirstAndNanBeforeNumbers)
{
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> ties{1, 3, 2, 3, 1, 3, 2};
    EXPECT_EQ(best_of(ties, 7), (Indices{1, 3, 5, 2, 6, 0, 4}));
    EXPECT_EQ(best_of(ties, 2), (Indices{1, 3}));
    std::vector<float> special{0, nan, infinity, -infinity, nan, -0.0F};
    EXPECT_EQ(best_of(special, 6), (Indices{1, 4, 2, 0, 5, 3}));
    std::vector<std::int8_t> same(9, -3);
    EXPECT_EQ(best_of(same, 4), (Indices{0, 1, 2, 3}));
    EXPECT_EQ(best_of(same, 0), Indices{});
}

TEST(TopK, TakesAnyLayouts)
{
    Tensor<bf16, ColumnMajor<2, 5>> x;
    for (std::size_t j = 0; j < 5; ++j) {
        x(0, j) = bf16(static_cast<float>(j));
        x(1, j) = bf16(static_cast<float>(j * 3 % 5));
    }
    Tensor<double, Padded<2, 2>> best;
    Tensor<std::int32_t, RowMajor<2, 2>> turned;
    top_k_rows(x, best, transpose(turned));
    EXPECT_EQ(best(0, 0), 4.0);
    EXPECT_EQ(best(0, 1), 3.0);
    EXPECT_EQ(turned(0, 0), 4);
    EXPECT_EQ(turned(1, 0), 3);
    EXPECT_EQ(turned(0, 1), 3); // 0 3 1 4 2
    EXPECT_EQ(turned(1, 1), 1);

    Tensor<double, RowMajor<>> const six({2, 6});
    Tensor<double, RowMajor<>> values({2, 6});
    Tensor<std::int32_t, RowMajor<>> places({2, 6});
    EXPECT_THROW(top_k_rows(x, values, places), tfm::Error);
    Tensor<std::int32_t, RowMajor<>> other({2, 5});
    EXPECT_THROW(top_k_rows(six, values, other), tfm::Error);
}

} // namespace
