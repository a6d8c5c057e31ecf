#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

/// An error of fp32 is some ten roundings of values in [-1, 1]; bf16 rounds each softmax weight by
/// up to 2^-9 of itself, and 16 bits queries and weights by a 32512th of the largest in their row.
template <class T>
constexpr double tolerance = std::is_same_v<T, float>  ? 1e-6
                             : std::is_same_v<T, bf16> ? 4e-3
                                                       : 1e-4;

/// The oracle's causal attention of a row at the last position is the bidirectional one.
template <class Q, class K, class V, class Out>
void attend_by_the_oracle(Q q, K k, V v, Out out)
{
    for (std::size_t i = 0; i < q.rows(); ++i) {
        reference::causal_attention(row_range(q, i, 1), k, v, k.rows() - 1, row_range(out, i, 1));
    }
}

/// Multiples of 1/128, which bf16 holds as they are, and int8 where a row's largest is 127/128.
template <class L>
void fill_with_multiples(ExactMatrix<L>& x, Numbers& numbers)
{
    x.fill([&] { return numbers.whole(127) / 128.0F; });
    for (std::size_t i = 0; i < x.layout().extent_rows(); ++i) x.view()(i, 0) = 127.0F / 128.0F;
}

/// One head's cache of T, which holds huge numbers where nothing was appended.
template <class T>
struct Cache {
    ExactMatrix<Packed<>, T> keys;
    ExactMatrix<Packed<>, T> values;
    std::vector<float> scales;

    Cache(std::size_t capacity, std::size_t width, Numbers& numbers)
        : keys(width, capacity), values(capacity, width),
          scales(2 * round_up(capacity, panel_width), 3e30F)
    {
        float const huge = std::is_same_v<T, std::int8_t> ? 127.0F : 3e37F;
        keys.fill([&] { return numbers.uniform() < 0.0F ? -huge : huge; });
        values.fill([&] { return numbers.uniform() < 0.0F ? -huge : huge; });
    }

    auto key_cache()
    {
        if constexpr (std::is_same_v<T, std::int8_t>) {
            return QuantizedCache<Packed<>>{keys.view(), scales.data()};
        } else {
            return keys.view();
        }
    }
    auto value_cache()
    {
        if constexpr (std::is_same_v<T, std::int8_t>) {
            return QuantizedCache<Packed<>>{values.view(), scales.data() + scales.size() / 2};
        } else {
            return values.view();
        }
    }

    void attend(View<const float, RowMajor<>> q, std::size_t positions, View<float, RowMajor<>> out)
    {
        if constexpr (std::is_same_v<T, float>) {
            bidirectional_attention(q, key_cache(), value_cache(), positions, out);
        } else if constexpr (std::is_same_v<T, bf16>) {
            ExactMatrix<RowMajor<>, Bf16Input> inputs(q.rows(), q.cols());
            convert_rows(q, inputs.view());
            bidirectional_attention(inputs.view(), key_cache(), value_cache(), positions, out);
        } else {
            ExactMatrix<Strided<>, std::int8_t> halves(2 * q.rows(), q.cols());
            Tensor<float, Vec<>> row_scales{Vec<>(q.rows())};
            split_rows(q, halves.view(), row_scales.view());
            SplitRows<> const split{std::as_const(halves).view(), row_scales.data()};
            bidirectional_attention(split, key_cache(), value_cache(), positions, out);
        }
    }
};

/// The largest error of `rows` queries over `positions` keys in a larger cache.
template <class T>
double largest_error(std::size_t rows, std::size_t positions, std::size_t width)
{
    ExactMatrix<RowMajor<>> q(rows, width);
    ExactMatrix<RowMajor<>> k(positions, width);
    ExactMatrix<RowMajor<>> v(positions, width);
    ExactMatrix<RowMajor<>> out(rows, width);
    ExactMatrix<RowMajor<>> expected(rows, width);
    Numbers numbers(static_cast<std::uint32_t>(positions * 1009 + width));
    q.fill([&] { return numbers.whole(127) / 32.0F; });
    fill_with_multiples(k, numbers);
    fill_with_multiples(v, numbers);
    Cache<T> cache(positions + positions % 37, width, numbers);
    append_keys(k.view(), cache.key_cache(), 0);
    append_values(v.view(), cache.value_cache(), 0);
    cache.attend(q.view(), positions, out.view());
    attend_by_the_oracle(q.view(), k.view(), v.view(), expected.view());
    return test::largest_error(out, expected);
}

template <class T>
class BidirectionalAttentionOf : public testing::Test {
};
using CacheElements = testing::Types<float, bf16, std::int8_t>;
TYPED_TEST_SUITE(BidirectionalAttentionOf, CacheElements);

TYPED_TEST(BidirectionalAttentionOf, AgreesWithTheOracleForAnyShape)
{
    for (std::size_t const width : {1U, 5U, 16U, 17U, 64U}) {
        for (std::size_t const positions : {1U, 2U, 15U, 16U, 17U, 31U, 127U, 128U, 129U, 300U}) {
            for (std::size_t const rows : {1U, 12U, 13U, 100U}) {
                ASSERT_LE(largest_error<TypeParam>(rows, positions, width), tolerance<TypeParam>)
                    << rows << " rows, " << positions << " positions, width " << width;
            }
        }
    }
}

TEST(BidirectionalAttention, RefusesWhatDoesNotFit)
{
    ExactMatrix<RowMajor<>> q(2, 8);
    ExactMatrix<RowMajor<>> narrow(2, 7);
    ExactMatrix<Packed<>> keys(8, 5);
    ExactMatrix<Packed<>> values(5, 8);
    auto const error = [&](auto out, std::size_t positions) {
        return test::error_message(
            [&] { bidirectional_attention(q.view(), keys.view(), values.view(), positions, out); });
    };
    EXPECT_EQ(error(q.view(), 5), "");
    EXPECT_EQ(error(q.view(), 6), "tfm::bidirectional_attention: expected 1 to 5 positions, as the "
                                  "cache has, found 6");
    EXPECT_EQ(error(q.view(), 0), "tfm::bidirectional_attention: expected 1 to 5 positions, as the "
                                  "cache has, found 0");
    EXPECT_NE(error(narrow.view(), 5), "");
}

} // namespace
