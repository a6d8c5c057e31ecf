#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/attention.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr std::array<std::size_t, 6> head_widths = {1, 5, 16, 17, 64, 80};

// Values lie in [-1, 1), so an error of 1e-6 is some ten roundings.
constexpr double tolerance = 1e-6;

/// A sequence's q, k and v rows, its cache, and the oracle's output for all of it. The cache has
/// room for more, and large numbers wherever nothing has been appended.
template <class LQ = RowMajor<>, class LK = Packed<>, class LV = Packed<>>
struct Sequence {
    ExactMatrix<LQ> q;
    ExactMatrix<Strided<>> k;
    ExactMatrix<RowMajor<>> v;
    ExactMatrix<LK> keys;
    ExactMatrix<LV> values;
    ExactMatrix<LQ> out;
    ExactMatrix<LQ> expected;

    Sequence(std::size_t positions, std::size_t width, std::size_t capacity, float q_scale = 1.0F)
        : q(positions, width), k(positions, width), v(positions, width), keys(width, capacity),
          values(capacity, width), out(positions, width), expected(positions, width)
    {
        Numbers numbers(static_cast<std::uint32_t>(positions * 1009 + width));
        q.fill([&] { return numbers.uniform() * q_scale; });
        k.fill([&] { return numbers.uniform(); });
        v.fill([&] { return numbers.uniform(); });
        keys.fill([&] { return numbers.uniform() < 0.0F ? -3e37F : 3e37F; });
        values.fill([&] { return numbers.uniform() < 0.0F ? -3e37F : 3e37F; });
        out.fill([&] { return numbers.uniform(); });
        reference::causal_attention(q.view(), k.view(), v.view(), 0, expected.view());
    }

    /// Appends and attends rows [first, first + count): one chunk of a prompt, or one token.
    void advance(std::size_t first, std::size_t count,
                 std::size_t window = std::numeric_limits<std::size_t>::max())
    {
        append_keys(row_range(k.view(), first, count), keys.view(), first);
        append_values(row_range(v.view(), first, count), values.view(), first);
        causal_attention(row_range(q.view(), first, count), keys.view(), values.view(), first,
                         row_range(out.view(), first, count), window);
    }

    double error() const { return test::largest_error(out, expected); }
};

TEST(CausalAttention, AgreesWithTheOracleForPromptsOfAnyLength)
{
    double worst = 0.0;
    for (std::size_t const width : head_widths) {
        for (std::size_t positions = 1; positions <= 300; positions += positions < 40 ? 1 : 13) {
            Sequence<> sequence(positions, width, positions + positions % 37);
            sequence.advance(0, positions);
            double const error = sequence.error();
            ASSERT_LE(error, tolerance) << positions << " positions of width " << width;
            worst = std::max(worst, error);
        }
    }
    RecordProperty("largest_error_in_billionths", std::to_string(worst * 1e9));
}

TEST(CausalAttention, AgreesWithTheOracleTokenByTokenAndInChunks)
{
    for (std::size_t const width : head_widths) {
        for (std::size_t const chunk : {1U, 2U, 7U, 13U, 64U, 129U, 299U}) {
            constexpr std::size_t positions = 300;
            Sequence<> sequence(positions, width, positions + 5);
            for (std::size_t first = 0; first < positions; first += chunk)
                sequence.advance(first, std::min(chunk, positions - first));
            ASSERT_LE(sequence.error(), tolerance) << "chunks of " << chunk << ", width " << width;
        }
    }
}

// Rows appended later, of the same call or of a later one, must not be seen.
TEST(CausalAttention, SeesNoLaterPosition)
{
    Sequence<> sequence(150, 17, 160);
    append_keys(sequence.k.view(), sequence.keys.view(), 0);
    append_values(sequence.v.view(), sequence.values.view(), 0);
    for (std::size_t const first : {0U, 1U, 15U, 16U, 127U, 128U, 149U}) {
        causal_attention(row_range(sequence.q.view(), first, 1), sequence.keys.view(),
                         sequence.values.view(), first, row_range(sequence.out.view(), first, 1));
        for (std::size_t j = 0; j < 17; ++j) {
            EXPECT_NEAR(sequence.out.view()(first, j), sequence.expected.view()(first, j),
                        tolerance)
                << "position " << first;
        }
    }
}

TEST(CausalAttention, SeesNoFartherThanItsWindow)
{
    constexpr std::size_t positions = 300;
    for (std::size_t const window : {1U, 2U, 15U, 16U, 17U, 100U, 128U, 129U, 299U, 300U, 301U}) {
        for (std::size_t const chunk : {1U, 7U, 300U}) {
            Sequence<> sequence(positions, 17, positions + 5);
            reference::causal_attention(sequence.q.view(), sequence.k.view(), sequence.v.view(), 0,
                                        sequence.expected.view(), window);
            for (std::size_t first = 0; first < positions; first += chunk)
                sequence.advance(first, std::min(chunk, positions - first), window);
            ASSERT_LE(sequence.error(), tolerance)
                << "window " << window << ", chunks of " << chunk;
        }
    }
}

template <class Layout>
class CausalAttentionLayouts : public testing::Test {
};
using Layouts = testing::Types<RowMajor<>, Padded<>, Strided<>, RowMajor<dyn, 80>, Strided<dyn, 80>,
                               RowMajor<45, 80>>;
TYPED_TEST_SUITE(CausalAttentionLayouts, Layouts);

TYPED_TEST(CausalAttentionLayouts, AgreesWithTheOracle)
{
    Sequence<TypeParam, Packed<80, dyn>, Packed<dyn, 80>> sequence(45, 80, 64);
    append_keys(sequence.k.view(), sequence.keys.view(), 0);
    append_values(sequence.v.view(), sequence.values.view(), 0);
    causal_attention(sequence.q.view(), sequence.keys.view(), sequence.values.view(), 0,
                     sequence.out.view());
    EXPECT_LE(sequence.error(), tolerance);
}

TEST(CausalAttention, TakesOneRowAsAVec)
{
    Sequence<Vec<17>, Packed<17, 3>, Packed<3, 17>> sequence(1, 17, 3);
    append_keys(sequence.k.view(), sequence.keys.view(), 0);
    append_values(sequence.v.view(), sequence.values.view(), 0);
    causal_attention(sequence.q.view(), sequence.keys.view(), sequence.values.view(), 0,
                     sequence.out.view());
    EXPECT_LE(sequence.error(), tolerance);
}

// Scores far apart select one position; a rounding of a huge score must not become a power of e.
TEST(CausalAttention, SurvivesHugeScores)
{
    for (float const scale : {1e2F, 1e4F, 1e6F, 1e9F, 1e12F, 1e20F, 1e30F}) {
        for (std::size_t const positions : {1U, 14U, 150U}) {
            Sequence<> sequence(positions, 5, positions, scale);
            sequence.advance(0, positions);
            // The scores themselves are rounded to 24 bits, so ties may be broken otherwise; every
            // output still is a weighted mean of values.
            for (std::size_t i = 0; i < positions; ++i) {
                for (std::size_t j = 0; j < 5; ++j) {
                    EXPECT_LE(std::abs(sequence.out.view()(i, j)), 1.0F + 1e-5F)
                        << "scores around " << scale << ", " << positions << " positions";
                }
            }
            if (scale <= 1e4F || positions == 1) {
                EXPECT_LE(sequence.error(), 1e-6 * static_cast<double>(std::min(scale, 1e4F)));
            }
        }
    }
}

TEST(CausalAttention, OfEqualScoresIsTheMeanOfTheValues)
{
    Sequence<> sequence(290, 16, 300, 0.0F);
    sequence.advance(0, 290);
    EXPECT_LE(sequence.error(), tolerance);
}

TEST(CausalAttention, OfNoRowsWritesNothing)
{
    Sequence<> sequence(4, 5, 8);
    sequence.advance(0, 4);
    sequence.advance(4, 0);
    EXPECT_LE(sequence.error(), tolerance);
}

TEST(CausalAttention, SaysWhichExtentsDiffer)
{
    ExactMatrix<RowMajor<>> q(2, 5);
    ExactMatrix<RowMajor<>> out(2, 5);
    ExactMatrix<RowMajor<>> narrow_out(2, 4);
    ExactMatrix<RowMajor<>> short_out(1, 5);
    ExactMatrix<Packed<>> keys(5, 8);
    ExactMatrix<Packed<>> wide_keys(6, 8);
    ExactMatrix<Packed<>> values(8, 5);
    auto const message = [&](auto& k, std::size_t first_position, auto& to) {
        return test::error_message([&] {
            causal_attention(q.view(), k.view(), values.view(), first_position, to.view());
        });
    };
    EXPECT_EQ(message(wide_keys, 0, out), "tfm::causal_attention: q is 2 x 5, the output 2 x 5, "
                                          "the cache's head width 6");
    EXPECT_NE(message(keys, 0, narrow_out), "");
    EXPECT_NE(message(keys, 0, short_out), "");
    EXPECT_EQ(message(keys, 7, out), "tfm::causal_attention: position 7 and 2 rows exceed the "
                                     "cache's 8 positions");
    EXPECT_NE(message(keys, std::numeric_limits<std::size_t>::max(), out), "");
    EXPECT_EQ(message(keys, 6, out), "");
    EXPECT_NE(test::error_message([&] {
                  causal_attention(q.view(), keys.view(), values.view(), 0, out.view(), 0);
              }),
              "");
    auto const append = [&](auto& k, std::size_t first_position) {
        return test::error_message([&] { append_keys(q.view(), k.view(), first_position); });
    };
    EXPECT_EQ(append(wide_keys, 0), "tfm::append_keys: 2 rows of width 5 at position 0 do not fit "
                                    "a cache of 8 positions of width 6");
    EXPECT_NE(append(keys, 7), "");
    EXPECT_NE(append(keys, std::numeric_limits<std::size_t>::max()), "");
    EXPECT_NE(test::error_message([&] { append_values(q.view(), values.view(), 7); }), "");
    EXPECT_EQ(append(keys, 6), "");
}

} // namespace
