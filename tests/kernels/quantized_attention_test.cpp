/// \file
/// Attention with an int8 cache. The oracle gets keys and values that are whole multiples of a
/// 127th of the largest in their row, which such a cache holds as they are; all that is left to
/// differ are the 16 bits of queries and weights.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
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

constexpr std::size_t no_window = std::numeric_limits<std::size_t>::max();

/// Queries and weights are rounded to a 32512th of the largest of their row.
constexpr double tolerance = 1e-4;

/// A sequence's q, k and v rows, its cache, and the oracle's output for all of it. The cache has
/// room for more, and anything wherever nothing has been appended.
struct Sequence {
    ExactMatrix<RowMajor<>> q;
    ExactMatrix<Strided<>> k;
    ExactMatrix<RowMajor<>> v;
    ExactMatrix<Packed<>, std::int8_t> keys;
    ExactMatrix<Packed<>, std::int8_t> values;
    std::vector<float> key_scales;
    std::vector<float> value_scales;
    ExactMatrix<RowMajor<>> out;
    ExactMatrix<RowMajor<>> expected;

    Sequence(std::size_t positions, std::size_t width, std::size_t capacity,
             std::size_t window = no_window)
        : q(positions, width), k(positions, width), v(positions, width), keys(width, capacity),
          values(capacity, width), key_scales(round_up(capacity, panel_width), 3e30F),
          value_scales(key_scales), out(positions, width), expected(positions, width)
    {
        Numbers numbers(static_cast<std::uint32_t>(positions * 1009 + width));
        q.fill([&] { return numbers.uniform(); });
        fill_with_multiples(k, numbers);
        fill_with_multiples(v, numbers);
        keys.fill([&] { return numbers.whole(127); });
        values.fill([&] { return numbers.whole(127); });
        reference::causal_attention(q.view(), k.view(), v.view(), 0, expected.view(), window);
    }

    /// Rows of different sizes, so that a scale in the wrong place is seen.
    template <class L>
    static void fill_with_multiples(ExactMatrix<L>& x, Numbers& numbers)
    {
        for (std::size_t i = 0; i < x.layout().extent_rows(); ++i) {
            float const scale = (1.0F + numbers.uniform()) / 127.0F;
            std::size_t const largest = numbers.below(x.layout().extent_cols());
            for (std::size_t j = 0; j < x.layout().extent_cols(); ++j)
                x.view()(i, j) = scale * (j == largest ? 127.0F : numbers.whole(127));
        }
    }

    QuantizedCache<Packed<>> cached_keys() { return {keys.view(), key_scales.data()}; }
    QuantizedCache<Packed<>> cached_values() { return {values.view(), value_scales.data()}; }

    /// Appends and attends rows [first, first + count): one chunk of a prompt, or one token.
    void advance(std::size_t first, std::size_t count, std::size_t window = no_window)
    {
        append_keys(row_range(k.view(), first, count), cached_keys(), first);
        append_values(row_range(v.view(), first, count), cached_values(), first);
        ExactMatrix<Strided<>, std::int8_t> halves(2 * count, q.layout().extent_cols());
        Tensor<float, Vec<>> scales{Vec<>(count)};
        split_rows(row_range(q.view(), first, count), halves.view(), scales.view());
        causal_attention(SplitRows<>{std::as_const(halves).view(), scales.data()}, cached_keys(),
                         cached_values(), first, row_range(out.view(), first, count), window);
    }

    double error() const { return test::largest_error(out, expected); }
};

TEST(QuantizedAttention, AgreesWithTheOracleForPromptsOfAnyLength)
{
    double worst = 0.0;
    for (std::size_t const width : {1U, 5U, 16U, 17U, 64U, 80U, 130U}) {
        for (std::size_t positions = 1; positions <= 300; positions += positions < 40 ? 1 : 13) {
            Sequence sequence(positions, width, positions + positions % 37);
            sequence.advance(0, positions);
            double const error = sequence.error();
            ASSERT_LE(error, tolerance) << positions << " positions of width " << width;
            worst = std::max(worst, error);
        }
    }
    RecordProperty("largest_error_in_millionths", std::to_string(worst * 1e6));
}

TEST(QuantizedAttention, AgreesWithTheOracleTokenByTokenAndInChunks)
{
    for (std::size_t const width : {5U, 64U}) {
        for (std::size_t const chunk : {1U, 2U, 7U, 13U, 64U, 129U, 299U}) {
            constexpr std::size_t positions = 300;
            Sequence sequence(positions, width, positions + 5);
            for (std::size_t first = 0; first < positions; first += chunk)
                sequence.advance(first, std::min(chunk, positions - first));
            ASSERT_LE(sequence.error(), tolerance) << "chunks of " << chunk << ", width " << width;
        }
    }
}

TEST(QuantizedAttention, SeesNoFartherThanItsWindow)
{
    constexpr std::size_t positions = 300;
    for (std::size_t const window : {1U, 2U, 15U, 17U, 100U, 129U, 300U}) {
        for (std::size_t const chunk : {1U, 7U, 300U}) {
            Sequence sequence(positions, 17, positions + 5, window);
            for (std::size_t first = 0; first < positions; first += chunk)
                sequence.advance(first, std::min(chunk, positions - first), window);
            ASSERT_LE(sequence.error(), tolerance)
                << "window " << window << ", chunks of " << chunk;
        }
    }
}

TEST(QuantizedAttention, TakesKeysAndValuesOfZeros)
{
    Sequence sequence(20, 16, 32);
    sequence.k.fill([] { return 0.0F; });
    sequence.v.fill([] { return 0.0F; });
    sequence.advance(0, 20);
    for (std::size_t i = 0; i < 20; ++i) {
        for (std::size_t j = 0; j < 16; ++j) EXPECT_EQ(sequence.out.view()(i, j), 0.0F);
    }
}

TEST(QuantizedAttention, SaysWhichExtentsDiffer)
{
    Sequence sequence(4, 5, 8);
    Sequence wider(4, 6, 8);
    EXPECT_EQ(test::error_message([&] { append_keys(sequence.k.view(), wider.cached_keys(), 0); }),
              "tfm::append_keys: 4 rows of width 5 at position 0 do not fit a cache of 8 positions "
              "of width 6");
    EXPECT_NE(
        test::error_message([&] { append_values(sequence.v.view(), sequence.cached_values(), 5); }),
        "");
    EXPECT_EQ(test::error_message([&] { sequence.advance(0, 4, 0); }),
              "tfm::causal_attention: expected a window of at least 1");
}

} // namespace
