// Preconditions are checked here however the tests are built: nothing of tfm::compiled is used.
#undef TFM_COMPILED
#undef TFM_ASSERTS
#define TFM_ASSERTS 1

#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/reshape.hpp>
#include <tfm/tensor/slices.hpp>
#include <tfm/tensor/tensor.hpp>

namespace {

using namespace tfm;

/// 0, 1, 2, ... in the order of the elements.
template <class T, class L>
Tensor<T, L> counted(L layout)
{
    Tensor<T, L> tensor(layout);
    float next = 0;
    for (T& value : elements(tensor.view())) value = static_cast<T>(next++);
    return tensor;
}

template <class X>
std::vector<float> values(const X& x)
{
    std::vector<float> result;
    for (auto const value : elements(x)) result.push_back(static_cast<float>(value));
    return result;
}

using Values = std::vector<float>;

TEST(Dense, HasUpToFourAxes)
{
    auto const x = counted<float>(Dense<2, 3, dyn, 5>(2, 3, 4, 5));
    EXPECT_EQ(x.size(), 120U);
    EXPECT_EQ(x.extent(2), 4U);
    EXPECT_EQ(x.rows(), 4U);
    EXPECT_EQ(x(1, 2, 3, 4), 119.0F);
    EXPECT_EQ(x(1, 0, 2, 1), 60.0F + 10.0F + 1.0F);
    EXPECT_THROW((x(0, 3, 0, 0)), tfm::Error);
    EXPECT_THROW((x(0, 0, 0, 5)), tfm::Error);
    EXPECT_THROW((Dense<2, 3, dyn, 5>(2, 2, 4, 5)), tfm::Error);
    EXPECT_EQ((Dense<dyn, dyn, dyn>(SIZE_MAX / 2, 4, 1).required_size<float>()), SIZE_MAX);
    EXPECT_EQ((Dense<dyn, dyn>(0, 4).required_size<float>()), 0U);
    EXPECT_THROW((tfm::Tensor<float, Dense<dyn, dyn, dyn>>({SIZE_MAX / 8, 4, 4})), std::bad_alloc);
}

TEST(Slices, KeepStaticExtents)
{
    auto x = counted<float>(Padded<4, 5>());
    auto const two = rows<2>(x.view(), 1);
    static_assert(std::is_same_v<decltype(two), const View<float, Strided<2, 5>>>);
    EXPECT_EQ(values(two), (Values{5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
    auto const three = columns<3>(two, 2);
    static_assert(std::is_same_v<decltype(three), const View<float, Strided<2, 3>>>);
    EXPECT_EQ(values(three), (Values{7, 8, 9, 12, 13, 14}));
    EXPECT_EQ(values(rows<1, 3>(x.view())), (Values{15, 16, 17, 18, 19}));
    EXPECT_EQ(values(columns<1, 4>(two)), (Values{9, 14}));
    EXPECT_THROW(rows<2>(x.view(), 3), tfm::Error);
    EXPECT_THROW(columns<3>(x.view(), 3), tfm::Error);

    softmax(three, three); // a slice is rows that kernels take
    EXPECT_NEAR(x(1, 2), 0.09003057, 1e-6);
    EXPECT_EQ(x(1, 1), 6.0F);
}

TEST(Slices, StepAlongAnyAxis)
{
    auto const x = counted<float>(RowMajor<dyn, 6>(5, 6));
    EXPECT_EQ(values(every<1>(slice<0>(x.view(), 1, 2), 3)), (Values{6, 9, 12, 15}));
    EXPECT_EQ(values(slice<0>(x.view(), 1, 2, 3)),
              (Values{6, 7, 8, 9, 10, 11, 24, 25, 26, 27, 28, 29}));
    auto const corner = slice<1>(slice<0>(x.view(), 0, 3, 2), 1, 2, 4);
    EXPECT_EQ(values(corner), (Values{1, 5, 13, 17, 25, 29}));
    EXPECT_EQ(corner.layout().extent(1), 2U);
    EXPECT_THROW(slice<0>(x.view(), 1, 3, 2), tfm::Error);
    EXPECT_THROW(slice<0>(x.view(), 5, 1), tfm::Error);
    EXPECT_THROW(every<0>(x.view(), 0), tfm::Error);
    EXPECT_EQ(values(slice<0>(x.view(), 5, 0)), Values{});
    auto const part = slice<0, 2>(transpose(x.view()), 1);
    static_assert(decltype(part)::layout_type::static_extents ==
                  std::array<std::size_t, 2>{2, dyn});
    EXPECT_EQ(values(part), (Values{1, 7, 13, 19, 25, 2, 8, 14, 20, 26}));
    EXPECT_THROW((slice<0, 4>(transpose(x.view()), 3)), tfm::Error);
}

TEST(Slices, AreRowsAndColumns)
{
    auto x = counted<bf16>(Padded<3, dyn>(3, 4));
    std::span<bf16> const second = row(x.view(), 1);
    EXPECT_EQ(second.size(), 4U);
    EXPECT_EQ(static_cast<float>(second[3]), 7.0F);
    auto const third = column(x.view(), 2);
    static_assert(std::is_same_v<decltype(third), const View<bf16, Dense<3>>>);
    EXPECT_EQ(values(third), (Values{2, 6, 10}));
    EXPECT_EQ(static_cast<float>(third(1)), 6.0F);
    EXPECT_THROW(row(x.view(), 3), tfm::Error);
    EXPECT_THROW(column(x.view(), 4), tfm::Error);
    EXPECT_EQ(values(row(transpose(x.view()), 1)), (Values{1, 5, 9}));

    auto const cube = counted<float>(Dense<2, 3, 4>());
    EXPECT_EQ(values(select<0>(cube.view(), 1)),
              (Values{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}));
    EXPECT_EQ(values(select<1>(cube.view(), 2)), (Values{8, 9, 10, 11, 20, 21, 22, 23}));
}

TEST(Slices, AreOfTensorsThatHaveANameToo)
{
    auto x = counted<float>(RowMajor<3, 4>());
    EXPECT_EQ(values(transpose(x)), values(transpose(x.view())));
    static_assert(std::is_same_v<decltype(transpose(std::as_const(x))),
                                 decltype(transpose(std::as_const(x).view()))>);
    EXPECT_EQ(values(slice<1, 2, 1>(rows<2, 1>(x))), (Values{5, 6, 9, 10}));
    static_assert(decltype(slice<1, 2, 1>(x))::layout_type::static_extents[1] == 2);
    EXPECT_EQ(row(x, 2)[3], 11.0F);
    EXPECT_EQ(values(column(x, 3)), (Values{3, 7, 11}));
    EXPECT_EQ(values(every<0>(x, 2)), (Values{0, 1, 2, 3, 8, 9, 10, 11}));
    EXPECT_EQ(flatten(x)(7), 7.0F);
    EXPECT_EQ(reshape(x, Dense<2, 6>())(1, 0), 6.0F);
    for (auto const part : rows(x)) part[0] = -1;
    for (float& value : elements(x)) value += 1;
    EXPECT_EQ(x(2, 0), 0.0F);
    EXPECT_EQ(x(2, 3), 12.0F);
    EXPECT_THROW(x.extent(2), tfm::Error);
}

TEST(Slices, PermuteAxes)
{
    auto const x = counted<float>(RowMajor<2, 3>());
    auto const turned = transpose(x.view());
    static_assert(std::is_same_v<decltype(turned), const View<const float, Dense<3, 2>>>);
    EXPECT_EQ(values(turned), (Values{0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(values(transpose(turned)), values(x.view()));

    auto const heads = counted<float>(Dense<1, 2, 3, 2>()); // (batch, time, head, feature)
    auto const by_head = permute<0, 2, 1, 3>(heads.view());
    static_assert(decltype(by_head)::layout_type::static_extents ==
                  std::array<std::size_t, 4>{1, 3, 2, 2});
    EXPECT_EQ(values(by_head), (Values{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11}));
}

TEST(Reshape, SplitsAndJoinsAxesInPlace)
{
    auto x = counted<float>(RowMajor<>(4, 6));
    auto const cube = reshape(x.view(), Dense<2, 2, dyn>(2, 2, 6));
    EXPECT_EQ(cube(1, 0, 5), 17.0F);
    EXPECT_EQ(values(reshape(cube, Dense<8, 3>())), values(x.view()));
    EXPECT_EQ(&flatten(cube)(23), &x(3, 5));

    // Four heads' queries inside wider rows become an axis of their own.
    auto const queries = column_range(x.view(), 2, 4);
    auto const heads = reshape(queries, Dense<dyn, 2, 2>(4, 2, 2));
    EXPECT_EQ(&heads(3, 1, 0), &x(3, 4));
    EXPECT_THROW(flatten(queries), tfm::Error);
    EXPECT_THROW(reshape(queries, Dense<2, 8>()), tfm::Error);
    EXPECT_EQ(&reshape(queries, Dense<2, 2, 4>())(1, 1, 3), &x(3, 5));
    EXPECT_THROW(flatten(transpose(x.view())), tfm::Error);
    EXPECT_EQ(values(reshape(transpose(x.view()), Dense<3, 2, 4>())), values(transpose(x.view())));
    EXPECT_THROW(reshape(x.view(), Dense<5, 5>()), tfm::Error);
    EXPECT_THROW(reshape(x.view(), Dense<dyn, dyn>(SIZE_MAX / 2 + 13, 2)), tfm::Error);
    EXPECT_EQ(values(reshape(column(x.view(), 1), Dense<2, 1, 2>())), (Values{1, 7, 13, 19}));
    EXPECT_EQ(reshape(slice<0>(x.view(), 0, 0), Dense<dyn, 3>(0, 3)).rows(), 0U);
}

TEST(Ranges, PassOverRowsAndElements)
{
    auto x = counted<float>(Padded<3, 2>());
    for (std::span<float, 2> const row : rows(x.view())) row[1] = 10.0F;
    EXPECT_EQ(values(x.view()), (Values{0, 10, 2, 10, 4, 10}));
    for (float& value : elements(transpose(x.view()))) value += 1.0F;
    EXPECT_EQ(values(x.view()), (Values{1, 11, 3, 11, 5, 11}));
    float sum = 0;
    for (auto const column : rows(transpose(x.view()))) sum += column(2);
    EXPECT_EQ(sum, 16.0F);
    auto const packed = counted<float>(Packed<3, 20>());
    EXPECT_EQ(values(packed.view())[45], 45.0F);
    Tensor<float, RowMajor<>> const none({0, 7});
    EXPECT_EQ(values(none.view()), Values{});
    auto const all = elements(x.view());
    EXPECT_EQ(std::distance(all.begin(), all.end()), 6);
}

TEST(View, IsMadeOfContainersWhoseSizeIsChecked)
{
    std::vector<float> vector{0, 1, 2, 3, 4, 5};
    View const all(vector);
    static_assert(std::is_same_v<decltype(all), const View<float, Vec<>>>);
    EXPECT_EQ(all(5), 5.0F);
    View const matrix(vector, RowMajor<2, dyn>(2, 3));
    EXPECT_EQ(matrix(1, 0), 3.0F);
    EXPECT_THROW((View<float, RowMajor<>>(vector, {2, 4})), tfm::Error);
    EXPECT_THROW((View<float, RowMajor<>>(vector, {SIZE_MAX / 2 + 1, 2})), tfm::Error);
    EXPECT_THROW((View<float, Dense<dyn, dyn, dyn>>(vector, {SIZE_MAX / 2 + 1, 2, 1})), tfm::Error);

    const std::array<float, 4> array{1, 2, 3, 4};
    EXPECT_EQ((View<const float, RowMajor<2, 2>>(array)(1, 0)), 3.0F);
    EXPECT_THROW((View<const float, RowMajor<2, 3>>(array)), tfm::Error);
    static_assert(
        !std::is_constructible_v<View<float, RowMajor<2, 2>>, const std::array<float, 4>&>);
    float plain[3] = {1, 2, 3};
    EXPECT_EQ((View<float, Vec<3>>(plain)(2)), 3.0F);
    EXPECT_THROW((View<float, Vec<4>>(plain)), tfm::Error);
    EXPECT_THROW((View<const float, Strided<>>(plain, {2, 2, 2})), tfm::Error);
    EXPECT_EQ((View<const float, Strided<>>(std::span(plain), {2, 1, 2})(1, 0)), 3.0F);
    static_assert(!std::is_constructible_v<View<const float, Vec<>>, std::vector<float>>,
                  "what is about to die");
}

} // namespace
