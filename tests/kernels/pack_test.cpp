#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;

/// The i-th element of a source: neighbours differ, and none is NaN.
template <Element T>
T numbered(std::size_t i)
{
    if constexpr (std::is_same_v<T, float>) {
        return static_cast<float>(i + 1);
    } else if constexpr (std::is_same_v<T, bf16>) {
        return bf16::from_bits(static_cast<std::uint16_t>(i % 0x7F00 + 1));
    } else {
        return static_cast<std::int8_t>(i % 255 - 127);
    }
}

template <class T>
class Pack : public testing::Test {
};
using Elements = testing::Types<float, bf16, std::int8_t>;
TYPED_TEST_SUITE(Pack, Elements);

template <Element T, class LP>
void expect_packed(std::size_t k, std::size_t n, Orientation orientation)
{
    bool const transposed = orientation == Orientation::out_in;
    LP const layout(k, n);
    std::size_t const size = layout.template required_size<T>();
    std::vector<T> source(k * n);
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = numbered<T>(i);
    View<const T, RowMajor<>> const view(source.data(),
                                         transposed ? RowMajor<>(n, k) : RowMajor<>(k, n));
    // The owner of packed memory has zeroed it; the oracle writes its padding itself.
    std::vector<T> actual(size, T{});
    std::vector<T> expected(size, numbered<T>(77));
    pack(view, View<T, LP>(actual.data(), layout), orientation);
    reference::pack(view, View<T, LP>(expected.data(), layout), orientation);
    EXPECT_TRUE(actual == expected) << k << " x " << n << (transposed ? " out_in" : " in_out");

    std::vector<T> back(k * n, T{});
    unpack(View<const T, LP>(actual.data(), layout),
           View<T, RowMajor<>>(back.data(), RowMajor<>(k, n)));
    for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t j = 0; j < n; ++j)
            ASSERT_EQ(back[i * n + j], transposed ? view(j, i) : view(i, j)) << i << ", " << j;
    }
}

TYPED_TEST(Pack, PutsEachElementWhereTheOracleDoes)
{
    for (std::size_t const k : {1U, 2U, 3U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 100U}) {
        for (std::size_t const n : {1U, 2U, 3U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 100U}) {
            expect_packed<TypeParam, Packed<>>(k, n, Orientation::in_out);
            expect_packed<TypeParam, Packed<>>(k, n, Orientation::out_in);
        }
    }
    expect_packed<TypeParam, Packed<33, 65>>(33, 65, Orientation::in_out);
    expect_packed<TypeParam, Packed<768, dyn>>(768, 50, Orientation::out_in);
}

TEST(PackErrors, SaysWhichExtentsDiffer)
{
    test::ExactMatrix<RowMajor<>> source(4, 6);
    test::ExactMatrix<Packed<>> packed(6, 4);
    EXPECT_EQ(test::error_message([&] { pack(source.view(), packed.view()); }),
              "tfm::pack: the source has K = 4 and N = 6, the packed weight K = 6 and N = 4");
    EXPECT_EQ(test::error_message([&] { pack(source.view(), packed.view(), Orientation::out_in); }),
              "");
    EXPECT_EQ(test::error_message([&] { unpack(packed.view(), source.view()); }),
              "tfm::unpack: the target is 4 x 6, the packed weight 6 x 4");
}

} // namespace
