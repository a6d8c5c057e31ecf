#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/concepts.hpp>
#include <tfm/tensor/layout.hpp>

namespace {

using namespace tfm;

static_assert(Layout<Vec<>> && Layout<RowMajor<>> && Layout<Padded<>> && Layout<Strided<>> &&
              Layout<Packed<>> && !Layout<int>);
static_assert(RowsLayout<Vec<3>> && RowsLayout<Strided<>> && !RowsLayout<Packed<>>);
static_assert(Vec<>::rank == 1 && RowMajor<>::rank == 2);
static_assert(Packed<>::rank == 2);
static_assert(std::is_empty_v<Vec<3>> && std::is_empty_v<RowMajor<2, 3>> &&
              std::is_empty_v<Padded<2, 3>> && std::is_empty_v<Packed<2, 3>>);
static_assert(sizeof(RowMajor<dyn, 3>) == sizeof(std::size_t) &&
              sizeof(Packed<2, dyn>) == sizeof(std::size_t) &&
              sizeof(RowMajor<>) == 2 * sizeof(std::size_t));

// Computed by hand from the layouts' definitions, in elements.
static_assert(RowMajor<3, 5>{}.offset<float>(2, 4) == 14);
static_assert(RowMajor<3, 5>{}.required_size<float>() == 15);
static_assert(Padded<3, 5>{}.offset<float>(2, 4) == 36);
static_assert(Padded<3, 5>{}.required_size<float>() == 48);
static_assert(Padded<3, 33>{}.row_stride<bf16>() == 96);
static_assert(Padded<3, 64>{}.row_stride<std::int8_t>() == 64);
static_assert(Strided<3, 5>{3, 5, 9}.offset<float>(2, 4) == 22);
static_assert(Strided<3, 5>{3, 5, 9}.required_size<float>() == 23);
static_assert(Strided<>{0, 5, 9}.required_size<float>() == 0);
static_assert(Strided<>{3, 0, 9}.required_size<float>() == 0);
static_assert(Vec<7>{}.offset<float>(0, 6) == 6 && Vec<7>{}.required_size<float>() == 7);
// Column 17 is the second of panel 1; K = 5 is cell 5 of fp32, the odd half of cell 2 of bf16 and
// the second byte of cell 1 of int8. A panel of K = 20 has 32 cells of fp32, 16 of the others.
static_assert(Packed<20, 18>{}.offset<float>(5, 17) == 32 * 16 + 5 * 16 + 1);
static_assert(Packed<20, 18>{}.offset<bf16>(5, 17) == 16 * 32 + 2 * 32 + 1 * 2 + 1);
static_assert(Packed<20, 18>{}.offset<std::int8_t>(5, 17) == 16 * 64 + 1 * 64 + 1 * 4 + 1);
static_assert(Packed<20, 18>{}.required_size<float>() == 2 * 32 * 16);
static_assert(Packed<20, 18>{}.required_size<bf16>() == 2 * 16 * 32);
static_assert(Packed<20, 18>{}.required_size<std::int8_t>() == 2 * 16 * 64);
static_assert(Packed<0, 18>{}.required_size<float>() == 0);
static_assert(Packed<20, 0>{}.required_size<float>() == 0);

constexpr std::size_t extents[] = {1, 2, 3, 15, 16, 17, 31, 33, 64, 65, 100};

/// Every element has a place of its own inside the required size; static and dynamic extents agree.
template <Element T, class L>
void expect_distinct_places(const L& layout)
{
    std::vector<bool> taken(layout.template required_size<T>());
    for (std::size_t i = 0; i < layout.extent_rows(); ++i) {
        for (std::size_t j = 0; j < layout.extent_cols(); ++j) {
            std::size_t const at = layout.template offset<T>(i, j);
            ASSERT_LT(at, taken.size()) << L::name() << " " << i << ", " << j;
            ASSERT_FALSE(taken[at]) << L::name() << " " << i << ", " << j;
            taken[at] = true;
        }
    }
}

template <class T>
class Layouts : public testing::Test {
};
using Elements = testing::Types<float, bf16, std::int8_t>;
TYPED_TEST_SUITE(Layouts, Elements);

TYPED_TEST(Layouts, GiveEachElementAPlaceOfItsOwn)
{
    for (std::size_t const rows : extents) {
        for (std::size_t const cols : extents) {
            expect_distinct_places<TypeParam>(RowMajor<>(rows, cols));
            expect_distinct_places<TypeParam>(Padded<>(rows, cols));
            expect_distinct_places<TypeParam>(Strided<>(rows, cols, cols + 5));
            expect_distinct_places<TypeParam>(Packed<>(rows, cols));
            expect_distinct_places<TypeParam>(Vec<>(cols));
        }
    }
    expect_distinct_places<TypeParam>(Packed<33, 65>());
}

TYPED_TEST(Layouts, StartRowsAndPanelsAtWholeLines)
{
    constexpr std::size_t size = sizeof(TypeParam);
    for (std::size_t const extent : extents) {
        EXPECT_EQ(Padded<>(4, extent).row_stride<TypeParam>() * size % alignment, 0U);
        Packed<> const packed(extent, 40);
        EXPECT_EQ(packed.panel_stride<TypeParam>() * size % 1024, 0U) << "an AMX tile's bytes";
        EXPECT_EQ(packed.panels(), 3U);
        for (std::size_t panel = 0; panel < packed.panels(); ++panel) {
            EXPECT_EQ(packed.offset<TypeParam>(0, panel * panel_width),
                      panel * packed.panel_stride<TypeParam>());
        }
    }
}

TEST(LayoutRules, CompareOnlyExtentsThatAreKnown)
{
    EXPECT_TRUE(compatible_extents(3, 3));
    EXPECT_TRUE(compatible_extents(3, dyn));
    EXPECT_TRUE(compatible_extents(dyn, 3));
    EXPECT_FALSE(compatible_extents(3, 4));
    EXPECT_EQ(round_up(0, 16), 0U);
    EXPECT_EQ(round_up(17, 16), 32U);
    EXPECT_EQ(divide_up(16, 16), 1U);
}

} // namespace
