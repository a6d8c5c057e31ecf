/// \file
/// Algorithms, slices and reductions at random shapes, strides and element types beside plain loops
/// over vectors of doubles. Buffers have the required size exactly, so that the address sanitizer
/// sees an access beside them; what lies between the elements must stay as it was.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/quantize.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/ranges.hpp>
#include <tfm/tensor/reduce.hpp>
#include <tfm/tensor/reshape.hpp>
#include <tfm/tensor/slices.hpp>
#include <tfm/tensor/top_k.hpp>

#include "own_layouts.hpp"
#include "random_tensors.hpp"

namespace {

using namespace tfm;

/// Elementwise work of views `a`, `b` and `out` of one shape.
template <class A, class B, class Out>
void check_elementwise(A a, B b, Out out)
{
    using T = typename Out::value_type;
    Plain const x = plain_of(a);
    Plain const y = plain_of(b);
    auto const expected = [&](auto f) {
        std::vector<double> values;
        for (std::size_t i = 0; i < x.values.size(); ++i)
            values.push_back(stored<T>(f(x.values[i], y.values[i])));
        return values;
    };
    copy(a, out);
    expect_values(out, expected([](double p, double) { return p; }), "copy");
    EXPECT_EQ(equal(a, out), plain_of(out).values == x.values);
    add(a, b, out);
    expect_values(out, expected([](double p, double q) { return p + q; }), "add");
    sub(a, b, out);
    expect_values(out, expected([](double p, double q) { return p - q; }), "sub");
    mul(a, b, out);
    expect_values(out, expected([](double p, double q) { return p * q; }), "mul");
    scale(a, 16.0F, out); // exact in bf16, beyond the limits of the small integers
    expect_values(out, expected([](double p, double) { return 16 * p; }), "scale");
    map(a, out, [](auto value) { return value > 0 ? value : -value; });
    expect_values(out, expected([](double p, double) { return std::abs(p); }), "map");
    zip(a, b, out, [](auto p, auto q) { return p > q ? 3 : 4; });
    expect_values(out, expected([](double p, double q) { return p > q ? 3 : 4; }), "zip");
    fill(out, 7);
    expect_values(out, expected([](double, double) { return 7; }), "fill");
    copy(b, out);
    add(out, a, out);
    std::vector<double> sums;
    for (std::size_t i = 0; i < x.values.size(); ++i)
        sums.push_back(stored<T>(stored<T>(y.values[i]) + x.values[i]));
    expect_values(out, sums, "add in place");

    auto const close = allclose(a, b, {.relative = 0, .absolute = 2});
    std::size_t differing = 0;
    double most = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) {
        double const difference = std::abs(x.values[i] - y.values[i]);
        if (difference > 2) ++differing;
        most = std::max(most, difference);
    }
    EXPECT_EQ(close.differing, differing);
    EXPECT_EQ(std::abs(close.a - close.b), differing > 0 ? most : 0);
}

/// Whole reductions of a view of any rank.
template <class A>
void check_whole(A a)
{
    Plain const x = plain_of(a);
    double total = 0;
    double squares = 0;
    for (double const value : x.values) {
        total += value;
        squares += value * value;
    }
    EXPECT_EQ(static_cast<double>(sum(a)), total);
    EXPECT_EQ(norm(a), std::sqrt(squares));
    if (x.values.empty()) {
        EXPECT_THROW(max(a), tfm::Error);
        return;
    }
    EXPECT_EQ(mean(a), total / static_cast<double>(x.values.size()));
    EXPECT_EQ(static_cast<double>(tensor_detail::widen(max(a))),
              *std::max_element(x.values.begin(), x.values.end()));
}

/// Reductions of the rows of a matrix.
template <class A>
void check_rows(A a, Dice& dice)
{
    Plain const x = plain_of(a);
    std::size_t const n = x.cols();
    Buffer<double, Dense<dyn>> out(random_layout(Extents<1>{x.rows()}, dice), dice);
    std::vector<double> sums, norms, greatest, places;
    for (std::size_t row = 0; row < x.rows(); ++row) {
        auto const begin = x.values.begin() + static_cast<std::ptrdiff_t>(row * n);
        auto const end = begin + static_cast<std::ptrdiff_t>(n);
        sums.push_back(std::accumulate(begin, end, 0.0));
        norms.push_back(std::sqrt(std::inner_product(begin, end, begin, 0.0)));
        if (n == 0) continue;
        greatest.push_back(*std::max_element(begin, end));
        places.push_back(static_cast<double>(std::max_element(begin, end) - begin));
    }
    sum_rows(a, out.x);
    expect_values(out.x, sums, "sum_rows");
    norm_rows(a, out.x);
    expect_values(out.x, norms, "norm_rows");
    if (n == 0) return;
    max_rows(a, out.x);
    expect_values(out.x, greatest, "max_rows");
    argmax_rows(a, out.x);
    expect_values(out.x, places, "argmax_rows");
    mean_rows(a, out.x);
    for (double& value : sums) value /= static_cast<double>(n);
    expect_values(out.x, sums, "mean_rows");

    std::size_t const k = dice(1, n);
    Buffer<double, Dense<dyn, dyn>> best(random_layout(Extents<2>{x.rows(), k}, dice), dice);
    Buffer<std::int32_t, Dense<dyn, dyn>> columns(random_layout(Extents<2>{x.rows(), k}, dice),
                                                  dice);
    top_k_rows(a, best.x, columns.x);
    for (std::size_t row = 0; row < x.rows(); ++row) {
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t i, std::size_t j) { return x.at(row, i) > x.at(row, j); });
        for (std::size_t i = 0; i < k; ++i) {
            EXPECT_EQ(static_cast<std::size_t>(columns.x(row, i)), order[i]);
            EXPECT_EQ(best.x(row, i), x.at(row, order[i]));
        }
    }
}

/// Rows in another order, and two matrices one after the other.
template <class A, class T>
void check_joined_rows(A a, Dice& dice, std::type_identity<T>)
{
    Plain const x = plain_of(a);
    if (x.rows() == 0) return;
    std::vector<int> picked(dice(0, 6));
    std::vector<double> expected;
    for (int& index : picked) {
        index = static_cast<int>(dice(0, x.rows() - 1));
        for (std::size_t j = 0; j < x.cols(); ++j)
            expected.push_back(stored<T>(x.at(static_cast<std::size_t>(index), j)));
    }
    Buffer<T, Dense<dyn, dyn>> out(random_layout(Extents<2>{picked.size(), x.cols()}, dice), dice);
    gather_rows(a, std::span(picked), out.x);
    expect_values(out.x, expected, "gather_rows");

    for (double const value : x.values) expected.push_back(stored<T>(value));
    Buffer<T, Dense<dyn, dyn>> joined(
        random_layout(Extents<2>{picked.size() + x.rows(), x.cols()}, dice), dice);
    concat_rows(joined.x, out.x, a);
    expect_values(joined.x, expected, "concat_rows");
}

/// Each value of the reverse is within half a scale.
template <class A>
void check_quantize(A a, Dice& dice)
{
    Plain const x = plain_of(a);
    for (auto const per : {ScalePer::row, ScalePer::column}) {
        std::size_t const count = per == ScalePer::row ? x.rows() : x.cols();
        Buffer<std::int8_t, Dense<dyn, dyn>> values(
            random_layout(Extents<2>{x.rows(), x.cols()}, dice), dice);
        Buffer<float, Dense<dyn>> scales(random_layout(Extents<1>{count}, dice), dice);
        Buffer<double, Dense<dyn, dyn>> back(random_layout(Extents<2>{x.rows(), x.cols()}, dice),
                                             dice);
        quantize(a, values.x, scales.x, per);
        dequantize(values.x, scales.x, per, back.x);
        for (std::size_t i = 0; i < count; ++i) {
            double largest = 0;
            std::size_t const length = per == ScalePer::row ? x.cols() : x.rows();
            for (std::size_t j = 0; j < length; ++j)
                largest =
                    std::max(largest, std::abs(per == ScalePer::row ? x.at(i, j) : x.at(j, i)));
            EXPECT_EQ(scales.x(i), static_cast<float>(largest) / 127.0F);
        }
        for (std::size_t i = 0; i < x.rows(); ++i)
            for (std::size_t j = 0; j < x.cols(); ++j)
                EXPECT_NEAR(back.x(i, j), x.at(i, j),
                            0.5001 * static_cast<double>(scales.x(per == ScalePer::row ? i : j)));
    }
}

/// Views of A, B and Out at random strides.
template <std::size_t Rank, class A, class B, class Out>
void check_elements(std::size_t most)
{
    Dice dice(Rank);
    using L = tensor_detail::DynDense<Rank>;
    for (int round = 0; round < 60 && !testing::Test::HasFailure(); ++round) {
        Extents<Rank> const extents = random_extents<Rank>(dice, most);
        Buffer<A, L> a(random_layout(extents, dice), dice);
        Buffer<B, L> b(random_layout(extents, dice), dice);
        Buffer<Out, L> out(random_layout(extents, dice), dice);
        check_elementwise(a.x, b.x, out.x);
        check_whole(a.x);
    }
}

TEST(Elements, OfOneToFourAxesOfAnyStridesAreComputedWith)
{
    check_elements<1, float, float, float>(300);
    check_elements<2, float, float, float>(20);
    check_elements<3, float, float, float>(6);
    check_elements<4, float, float, float>(4);
}

TEST(Elements, OfMixedTypesAreComputedWith)
{
    check_elements<2, bf16, float, std::int8_t>(20);
    check_elements<2, std::int8_t, std::int32_t, bf16>(20);
    check_elements<2, double, std::uint8_t, std::int32_t>(20);
    check_elements<2, std::int32_t, std::int32_t, std::uint8_t>(20);
}

template <class T, class Out>
void check_rows_of()
{
    Dice dice(2);
    for (int round = 0; round < 60 && !testing::Test::HasFailure(); ++round) {
        Extents<2> const extents{dice(0, 9), dice(dice(0, 9) == 0 ? 0 : 1, 200)};
        Buffer<T, Dense<dyn, dyn>> a(random_layout(extents, dice), dice);
        check_rows(a.x, dice);
        check_joined_rows(a.x, dice, std::type_identity<Out>());
        check_quantize(a.x, dice);
    }
}

TEST(Rows, OfAnyStridesAreReducedGatheredAndRounded)
{
    check_rows_of<float, bf16>();
    check_rows_of<bf16, double>();
    check_rows_of<std::int8_t, std::int32_t>();
}

/// A matrix of another layout beside one with strides.
template <class L>
void check_matrix(L layout, Dice& dice)
{
    Extents<2> const extents{layout.extent_rows(), layout.extent_cols()};
    Buffer<bf16, L> a(layout, dice);
    Buffer<float, Dense<dyn, dyn>> b(random_layout(extents, dice), dice);
    Plain const x = plain_of(a.x);
    copy(a.x, b.x);
    expect_values(b.x, x.values, "copy");
    check_whole(a.x);
    check_rows(a.x, dice);
    add(a.x, b.x, a.x);
    std::vector<double> twice;
    for (double const value : x.values) twice.push_back(2 * value);
    expect_values(a.x, twice, "add in place");
    check_quantize(a.x, dice);
}

TEST(Matrices, OfAnyLayoutAreComputedWith)
{
    Dice dice(3);
    for (int round = 0; round < 15 && !testing::Test::HasFailure(); ++round) {
        std::size_t const m = dice(1, 12);
        std::size_t const n = dice(1, 40);
        check_matrix(Padded<dyn, dyn>(m, n), dice);
        check_matrix(Strided<>(m, n, n + dice(0, 5)), dice);
        check_matrix(Packed<>(m, n), dice);
        check_matrix(Blocked(m, n), dice);
    }
}

/// Parts and other orders: an element of the part is the one of the whole that its index says.
TEST(Parts, AreWhatTheirIndicesSay)
{
    Dice dice(4);
    for (int round = 0; round < 300; ++round) {
        Extents<4> extents = random_extents<4>(dice, 5);
        for (std::size_t& extent : extents) extent = std::max<std::size_t>(extent, 1);
        Buffer<float, tensor_detail::DynDense<4>> memory(random_layout(extents, dice), dice);
        auto const x = memory.x;
        auto const turned = permute<2, 0, 3, 1>(x);
        std::size_t const first = dice(0, extents[1] - 1);
        std::size_t const step = dice(1, 3);
        std::size_t const count = dice(0, (extents[1] - 1 - first) / step + 1);
        auto const part = slice<1>(x, first, count, step);
        auto const thinned = every<2>(x, step);
        auto const one = slice<3, 1>(x, extents[3] - 1);
        std::size_t const index = dice(0, extents[2] - 1);
        auto const chosen = select<2>(x, index);
        ASSERT_EQ(part.extent(1), count);
        ASSERT_EQ(thinned.extent(2), (extents[2] + step - 1) / step);
        for (std::size_t i = 0; i < extents[0]; ++i)
            for (std::size_t j = 0; j < extents[1]; ++j)
                for (std::size_t k = 0; k < extents[2]; ++k)
                    for (std::size_t l = 0; l < extents[3]; ++l) {
                        float* const element = &x(i, j, k, l);
                        ASSERT_EQ(&turned(k, i, l, j), element);
                        bool const is_in_part =
                            j >= first && (j - first) % step == 0 && (j - first) / step < count;
                        float* const in_part =
                            is_in_part ? &part(i, (j - first) / step, k, l) : element;
                        ASSERT_EQ(in_part, element);
                        ASSERT_EQ(k % step == 0 ? &thinned(i, j, k / step, l) : element, element);
                        ASSERT_EQ(l + 1 == extents[3] ? &one(i, j, k, 0) : element, element);
                        ASSERT_EQ(k == index ? &chosen(i, j, l) : element, element);
                    }
    }
}

/// Where a reshape is given, its elements are those of the tensor in their order; of contiguous
/// tensors it always is.
TEST(Parts, OfAnotherShapeKeepTheOrder)
{
    Dice dice(5);
    int refused = 0;
    for (int round = 0; round < 500; ++round) {
        std::size_t const a = dice(1, 4), b = dice(1, 4), c = dice(1, 4);
        Buffer<float, Dense<dyn, dyn, dyn>> memory(random_layout(Extents<3>{a, b, c}, dice), dice);
        auto const x = memory.x;
        bool const is_contiguous = tensor_detail::is_one_run(x.layout());
        auto const check = [&](auto shape) {
            try {
                auto const y = reshape(x, shape);
                auto other = elements(y).begin();
                for (float& element : elements(x)) ASSERT_EQ(&*other++, &element);
            } catch (const tfm::Error&) {
                ASSERT_FALSE(is_contiguous);
                ++refused;
            }
        };
        check(Dense<dyn, dyn>(a * b, c));
        check(Dense<dyn, dyn>(a, b * c));
        check(Dense<dyn>(a * b * c));
        check(Dense<dyn, dyn, dyn, dyn>(a, 1, b, c));
        check(Dense<dyn, dyn, dyn>(c, b, a));
        EXPECT_THROW(reshape(x, Dense<dyn, dyn>(a * b, c + 1)), tfm::Error);
    }
    EXPECT_GT(refused, 100);
}

} // namespace
