#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include <tfm/tensor/tensor.hpp>

namespace {

using namespace tfm;

static_assert(sizeof(View<float, RowMajor<2, 3>>) == sizeof(void*));
static_assert(sizeof(View<const bf16, Packed<2, 3>>) == sizeof(void*));
static_assert(sizeof(View<float, Vec<3>>) == sizeof(void*));
static_assert(sizeof(View<float, RowMajor<dyn, 3>>) == 2 * sizeof(void*));
static_assert(std::is_trivially_copyable_v<View<float, RowMajor<2, 3>>> &&
              std::is_trivially_copyable_v<View<float, Strided<>>> &&
              std::is_trivially_copyable_v<View<const std::int8_t, Packed<>>>);
static_assert(std::is_convertible_v<View<float, Vec<3>>, View<const float, Vec<3>>> &&
              !std::is_convertible_v<View<const float, Vec<3>>, View<float, Vec<3>>>);
static_assert(!std::is_copy_constructible_v<Tensor<float, Vec<>>> &&
              !std::is_copy_assignable_v<Tensor<float, Vec<>>> &&
              std::is_nothrow_move_constructible_v<Tensor<float, Vec<>>> &&
              std::is_nothrow_move_assignable_v<Tensor<float, Vec<>>>);
static_assert(std::is_same_v<decltype(std::declval<const Tensor<float, Vec<3>>&>().view()),
                             View<const float, Vec<3>>>);

template <class T>
bool is_zero(const T& tensor)
{
    return std::all_of(tensor.data(), tensor.data() + tensor.size(),
                       [](auto value) { return static_cast<float>(value) == 0.0F; });
}

bool is_aligned(const void* address)
{
    return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

template <class T>
class TensorOf : public testing::Test {
};
using Elements = testing::Types<float, bf16, std::int8_t>;
TYPED_TEST_SUITE(TensorOf, Elements);

// From one element to beyond the 1 MiB at which memory comes from the kernel.
TYPED_TEST(TensorOf, IsZeroedAndAlignedAtAnySize)
{
    for (std::size_t const rows : {1U, 3U, 1000U, 20'000U}) {
        Tensor<TypeParam, Padded<dyn, 65>> const padded(Padded<dyn, 65>(rows, 65));
        EXPECT_TRUE(is_zero(padded) && is_aligned(padded.data())) << rows;
        Tensor<TypeParam, Packed<>> const packed(Packed<>(rows, 33));
        EXPECT_TRUE(is_zero(packed) && is_aligned(packed.data())) << rows;
        EXPECT_EQ(packed.size(), packed.layout().template required_size<TypeParam>());
        EXPECT_EQ(packed.size_bytes(), packed.size() * sizeof(TypeParam));
    }
}

TEST(Tensor, OfNothingHasNoElements)
{
    Tensor<float, RowMajor<>> const none;
    EXPECT_EQ(none.size(), 0U);
    EXPECT_EQ(none.rows(), 0U);
    EXPECT_EQ(none.clone().size(), 0U);
    Tensor<float, RowMajor<2, 3>> const whole;
    EXPECT_EQ(whole.size(), 6U);
}

TEST(Tensor, RefusesShapesThatNoMemoryHolds)
{
    // Sizes whose product wraps around to something small.
    constexpr std::size_t half = SIZE_MAX / 2 + 1;
    EXPECT_THROW((tfm::Tensor<float, tfm::RowMajor<>>({half, 4})), std::bad_alloc);
    EXPECT_THROW((tfm::Tensor<float, tfm::Padded<>>({half, 3})), std::bad_alloc);
    EXPECT_THROW((tfm::Tensor<std::int8_t, tfm::Packed<>>({half, half})), std::bad_alloc);
    EXPECT_THROW((tfm::Tensor<float, tfm::Vec<>>(tfm::Vec<>(SIZE_MAX))), std::bad_alloc);
    EXPECT_THROW((tfm::Tensor<float, tfm::Strided<>>({3, 3, half})), std::bad_alloc);
}

TEST(Tensor, WritesThroughItsViews)
{
    Tensor<float, RowMajor<2, 3>> matrix;
    matrix(1, 2) = 5.0F;
    matrix.view()(0, 1) = 7.0F;
    const auto& read = matrix;
    EXPECT_EQ(read(1, 2), 5.0F);
    EXPECT_EQ(read.view().row(0)[1], 7.0F);
    EXPECT_EQ(matrix.data()[5], 5.0F);
    Tensor<float, Vec<4>> vector;
    vector(3) = 2.0F;
    EXPECT_EQ(std::as_const(vector)(3), 2.0F);
    EXPECT_EQ(vector.view()(0, 3), 2.0F);
}

// Small tensors are on the heap, large ones mapped: both move without copying, in any mixture.
TEST(Tensor, MovesItsMemoryAndClonesItsElements)
{
    for (std::size_t const size : {5U, 1'000'000U}) {
        for (std::size_t const other_size : {0U, 7U, 2'000'000U}) {
            Tensor<float, Vec<>> first{Vec<>(size)};
            first(size - 1) = 3.0F;
            const float* const data = first.data();

            Tensor<float, Vec<>> copy = first.clone();
            EXPECT_NE(copy.data(), data);
            first(size - 1) = 4.0F;
            EXPECT_EQ(copy(size - 1), 3.0F);

            Tensor<float, Vec<>> moved = std::move(first);
            EXPECT_EQ(moved.data(), data);
            Tensor<float, Vec<>> assigned{Vec<>(other_size)};
            assigned = std::move(moved);
            EXPECT_EQ(assigned.data(), data);
            EXPECT_EQ(assigned.cols(), size);
            EXPECT_EQ(assigned(size - 1), 4.0F);
        }
    }
}

TEST(View, SlicesRowsAndColumnsInPlace)
{
    Tensor<float, Padded<4, 10>> matrix;
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 10; ++j) matrix(i, j) = static_cast<float>(10 * i + j);
    }
    auto const rows = row_range(std::as_const(matrix).view(), 1, 2);
    static_assert(std::is_same_v<decltype(rows), const View<const float, Strided<dyn, 10>>>);
    EXPECT_EQ(rows.rows(), 2U);
    EXPECT_EQ(rows(1, 9), 29.0F);
    auto const cols = column_range(rows, 4, 3);
    EXPECT_EQ(cols.cols(), 3U);
    EXPECT_EQ(cols(1, 2), 26.0F);
    EXPECT_EQ(&cols(1, 2), &matrix(2, 6));
}

} // namespace
