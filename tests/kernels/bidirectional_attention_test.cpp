#include <cstddef>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/bidirectional_attention.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

// Values lie in [-1, 1), so an error of 1e-6 is some ten roundings.
constexpr double tolerance = 1e-6;

/// The oracle's causal attention of a row at the last position is the bidirectional one.
template <class Q, class K, class V, class Out>
void attend_by_the_oracle(Q q, K k, V v, Out out)
{
    for (std::size_t i = 0; i < q.rows(); ++i) {
        reference::causal_attention(row_range(q, i, 1), k, v, k.rows() - 1, row_range(out, i, 1));
    }
}

/// The largest error of `rows` queries over `positions` keys in a larger cache, which holds huge
/// numbers where nothing was appended.
double largest_error(std::size_t rows, std::size_t positions, std::size_t width)
{
    std::size_t const capacity = positions + positions % 37;
    ExactMatrix<RowMajor<>> q(rows, width);
    ExactMatrix<RowMajor<>> k(positions, width);
    ExactMatrix<RowMajor<>> v(positions, width);
    ExactMatrix<Packed<>> keys(width, capacity);
    ExactMatrix<Packed<>> values(capacity, width);
    ExactMatrix<RowMajor<>> out(rows, width);
    ExactMatrix<RowMajor<>> expected(rows, width);
    Numbers numbers(static_cast<std::uint32_t>(positions * 1009 + width));
    q.fill([&] { return numbers.uniform() * 4.0F; });
    k.fill([&] { return numbers.uniform(); });
    v.fill([&] { return numbers.uniform(); });
    keys.fill([&] { return numbers.uniform() < 0.0F ? -3e37F : 3e37F; });
    values.fill([&] { return numbers.uniform() < 0.0F ? -3e37F : 3e37F; });
    append_keys(k.view(), keys.view(), 0);
    append_values(v.view(), values.view(), 0);
    bidirectional_attention(q.view(), keys.view(), values.view(), positions, out.view());
    attend_by_the_oracle(q.view(), k.view(), v.view(), expected.view());
    return test::largest_error(out, expected);
}

TEST(BidirectionalAttention, AgreesWithTheOracleForAnyShape)
{
    for (std::size_t const width : {1U, 5U, 16U, 17U, 64U}) {
        for (std::size_t const positions : {1U, 2U, 15U, 16U, 17U, 31U, 127U, 128U, 129U, 300U}) {
            for (std::size_t const rows : {1U, 12U, 13U, 100U}) {
                ASSERT_LE(largest_error(rows, positions, width), tolerance)
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
