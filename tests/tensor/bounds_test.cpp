// Preconditions are checked here however the tests are built: nothing of tfm::compiled is used.
#undef TFM_COMPILED
#undef TFM_ASSERTS
#define TFM_ASSERTS 1

#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <tfm/tensor/tensor.hpp>

namespace {

using namespace tfm;

/// What the `tfm::Error` says that `action` throws; empty where it throws none.
template <class Action>
std::string error_of(Action&& action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

TEST(Layout, GivenAnExtentThatItsTypeContradictsIsAnError)
{
    EXPECT_NO_THROW((RowMajor<dyn, 5>(6, 5)));
    EXPECT_EQ(
        error_of([] { RowMajor<dyn, 5>(6, 4); }),
        "tfm: axis 1 of a layout has the static extent 5 and was given 4: give it that extent, "
        "or make the static one tfm::dyn");
    EXPECT_NE(error_of([] { Tensor<float, RowMajor<2, 3>>({7, 9}); }), "");
    EXPECT_NE(error_of([] { Padded<4, dyn>(5, 1); }), "");
    EXPECT_NE(error_of([] { Strided<dyn, 8>(1, 9, 9); }), "");
    EXPECT_NE(error_of([] { Packed<16, 16>(16, 17); }), "");
    EXPECT_NE(error_of([] { Vec<3>(4); }), "");
}

TEST(Accessors, RefuseWhatLiesOutside)
{
    Tensor<float, Padded<dyn, 4>> matrix({3, 4});
    EXPECT_EQ(error_of([&] { matrix(3, 0); }), "tfm: row 3 of a tensor of 3 (row < rows())");
    EXPECT_NE(error_of([&] { std::as_const(matrix)(0, 4); }), "");
    EXPECT_NE(error_of([&] { matrix.view().row(3); }), "");
    EXPECT_EQ(error_of([&] { matrix(2, 3) = matrix.view().row(2)[0]; }), "");

    Tensor<bf16, Vec<>> vector(Vec<>(5));
    EXPECT_NE(error_of([&] { vector(5); }), "");
    EXPECT_EQ(error_of([&] { vector(4) = bf16(1.0F); }), "");

    Tensor<float, RowMajor<>> const none;
    EXPECT_NE(error_of([&] { none(0, 0); }), "");
    EXPECT_EQ(error_of([&] { none.view().row(0); }), "") << "where no rows begin";
}

TEST(Slices, RefuseRangesBeyondTheEnd)
{
    Tensor<float, RowMajor<>> matrix({3, 4});
    EXPECT_EQ(error_of([&] { row_range(matrix.view(), 3, 0); }), "");
    EXPECT_EQ(
        error_of([&] { row_range(matrix.view(), 2, 2); }),
        "tfm: rows [2, 2 + 2) of a tensor of 3 (first <= x.rows() && count <= x.rows() - first)");
    EXPECT_NE(error_of([&] { row_range(matrix.view(), 4, 0); }), "");
    EXPECT_NE(error_of([&] { row_range(matrix.view(), 2, static_cast<std::size_t>(-1)); }), "");
    EXPECT_EQ(error_of([&] { column_range(matrix.view(), 0, 4); }), "");
    EXPECT_NE(error_of([&] { column_range(matrix.view(), 1, 4); }), "");
}

} // namespace
