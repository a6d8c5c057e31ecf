/// \file
/// bf16 and int8 matmuls against the oracle. Sums of integers must be exact on every instruction
/// set.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/quantize.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr std::array<std::size_t, 12> widths = {1, 2, 3, 5, 15, 16, 17, 33, 64, 65, 100, 129};

/// Inputs, weights and outputs of one int8 matmul; `RowsEach` rows of values for one of x.
template <std::size_t RowsEach>
struct Int8Problem {
    ExactMatrix<Strided<>, std::int8_t> x;
    ExactMatrix<Packed<>, std::int8_t> w;
    ExactMatrix<Vec<>> row_scales;
    ExactMatrix<Vec<>> column_scales;
    ExactMatrix<Strided<>> out;
    ExactMatrix<Strided<>> expected;

    Int8Problem(std::size_t rows, std::size_t k, std::size_t n)
        : x(rows * RowsEach, k), w(k, n), row_scales(1, rows),
          column_scales(1, divide_up(n, panel_width) * panel_width), out(rows, n), expected(rows, n)
    {
        Numbers numbers(static_cast<std::uint32_t>(rows * 1'000'003 + k * 1009 + n));
        x.fill([&] { return numbers.whole(127); });
        w.fill([&] { return numbers.whole(127); });
        row_scales.fill([] { return 1.0F; });
        column_scales.fill([] { return 1.0F; });
    }

    auto inputs() const
    {
        if constexpr (RowsEach == 1) {
            return QuantizedRows<>{x.view(), row_scales.view().data()};
        } else {
            return SplitRows<>{x.view(), row_scales.view().data()};
        }
    }
    QuantizedView<dyn, dyn> weight() const { return {w.view(), column_scales.view().data()}; }

    void run()
    {
        matmul(inputs(), weight(), out.view());
        reference::matmul(inputs(), weight(), expected.view());
    }
};

TEST(MatmulInt8, IsExactForAnyShape)
{
    for (std::size_t rows = 1; rows <= 70; rows += rows < 20 ? 1 : 7) {
        for (std::size_t const k : widths) {
            for (std::size_t const n : widths) {
                Int8Problem<1> p(rows, k, n);
                p.run();
                ASSERT_EQ(test::first_difference(p.out, p.expected), "")
                    << rows << " x " << k << " x " << n;
            }
        }
    }
}

// The largest sums there are: 3072 products of 127 by 127, of either sign, and inputs of -128.
TEST(MatmulInt8, DoesNotSaturate)
{
    for (std::size_t const rows : {1U, 3U, 40U}) {
        for (int const input : {-128, -127, 127}) {
            for (int const weight : {-127, 127}) {
                Int8Problem<1> p(rows, 3072, 20);
                p.x.fill([=] { return input; });
                p.w.fill([=] { return weight; });
                p.run();
                ASSERT_EQ(test::first_difference(p.out, p.expected), "") << input << " " << weight;
            }
        }
    }
}

// Every product of an input and a weight, two by two as the 16-bit additions take them.
TEST(MatmulInt8, AllPairsAreExact)
{
    constexpr std::size_t k = 8;
    for (int input = -128; input <= 127; ++input) {
        Int8Problem<1> p(2, k, 255);
        p.x.fill([=] { return input; });
        for (std::size_t n = 0; n < 255; ++n) {
            for (std::size_t i = 0; i < k; ++i)
                p.w.view()(i, n) = static_cast<std::int8_t>(static_cast<int>(n) - 127);
        }
        p.run();
        ASSERT_EQ(test::first_difference(p.out, p.expected), "") << input;
    }
}

TEST(MatmulInt8, ScalesRowsAndColumns)
{
    Int8Problem<1> p(37, 65, 83);
    Numbers numbers(5);
    p.row_scales.fill([&] { return 1.0F + numbers.uniform(); });
    p.column_scales.fill([&] { return 1.0F + numbers.uniform(); });
    p.run();
    for (std::size_t i = 0; i < 37; ++i) {
        for (std::size_t j = 0; j < 83; ++j) {
            float const expected = p.expected.view()(i, j);
            ASSERT_NEAR(p.out.view()(i, j), expected, 2.4e-7F * std::abs(expected));
        }
    }
}

TEST(MatmulInt8, TakesTwoHalvesARow)
{
    for (std::size_t rows = 1; rows <= 40; rows += rows < 20 ? 1 : 7) {
        for (std::size_t const k : widths) {
            for (std::size_t const n : {1U, 16U, 65U, 129U}) {
                Int8Problem<2> p(rows, k, n);
                p.run();
                ASSERT_LE(test::largest_error(p.out, p.expected),
                          2.4e-7 * 127 * 127 * 257 * static_cast<double>(k))
                    << rows << " x " << k << " x " << n;
            }
        }
    }
}

// Sums that floats do not hold, which kernels for many rows part otherwise than those for few.
TEST(MatmulInt8, TwoHalvesGiveTheSameBitsInAnyCompany)
{
    constexpr std::size_t k = 4096;
    constexpr std::size_t n = 37;
    Int8Problem<2> all(40, k, n);
    ExactMatrix<Vec<>> bias(1, n);
    Numbers numbers(3);
    all.x.fill([&] { return 110.0F + numbers.whole(17); });
    all.w.fill([&] { return 110.0F + numbers.whole(17); });
    all.row_scales.fill([&] { return 2.0F + numbers.uniform(); });
    all.column_scales.fill([&] { return 2.0F + numbers.uniform(); });
    bias.fill([&] { return 1e10F * numbers.uniform(); });
    matmul(all.inputs(), all.weight(), all.out.view(), AddBias(bias.view()));
    ExactMatrix<Strided<>> alone(40, n);
    for (std::size_t i = 0; i < 40; ++i) {
        SplitRows<> const row{row_range(all.x.view(), 2 * i, 2), all.row_scales.view().data() + i};
        matmul(row, all.weight(), row_range(alone.view(), i, 1), AddBias(bias.view()));
    }
    EXPECT_EQ(test::first_difference(alone, all.out), "");
}

TEST(MatmulInt8, TeamsOfAnySizeComputeTheWhole)
{
    Int8Problem<2> p(14, 33, 100);
    reference::matmul(p.inputs(), p.weight(), p.expected.view());
    std::size_t const panels = p.w.layout().panels();
    for (std::size_t threads = 1; threads <= panels + 2; ++threads) {
        p.out.fill([] { return -1.0F; });
        for (std::size_t rank = 0; rank < threads; ++rank) {
            matmul_panels(p.inputs(), p.weight(), Team(rank, threads).share(panels),
                          StoreRows{p.out.view().data(), p.out.view().row_stride()});
        }
        EXPECT_LE(test::largest_error(p.out, p.expected), 32.0) << threads << " threads";
    }
}

// One buffer used again for other inputs: an instruction whose reads the compiler does not know of
// would see the old ones.
TEST(MatmulInt8, SeesWhatIsWrittenBetweenTwoProducts)
{
    for (std::size_t const rows : {1U, 40U}) {
        Int8Problem<1> p(rows, 64, 32);
        for (int turn = 0; turn < 3; ++turn) {
            p.x.fill([=] { return turn + 1; });
            p.run();
            ASSERT_EQ(test::first_difference(p.out, p.expected), "") << turn;
        }
    }
}

/// Whole numbers that bf16 holds exactly and whose sums fp32 does.
struct Bf16Problem {
    ExactMatrix<Strided<>, Bf16Input> x;
    ExactMatrix<Packed<>, bf16> w;
    ExactMatrix<Strided<>> out;
    ExactMatrix<Strided<>> expected;

    Bf16Problem(std::size_t rows, std::size_t k, std::size_t n)
        : x(rows, k), w(k, n), out(rows, n), expected(rows, n)
    {
        Numbers numbers(static_cast<std::uint32_t>(rows * 1'000'003 + k * 1009 + n));
        x.fill([&] { return numbers.whole(100); });
        w.fill([&] { return numbers.whole(100); });
    }
};

TEST(MatmulBf16, IsExactOnWholeNumbersOfAnyShape)
{
    for (std::size_t rows = 1; rows <= 70; rows += rows < 20 ? 1 : 7) {
        for (std::size_t const k : widths) {
            for (std::size_t const n : widths) {
                Bf16Problem p(rows, k, n);
                matmul(p.x.view(), p.w.view(), p.out.view());
                reference::matmul(p.x.view(), p.w.view(), p.expected.view());
                ASSERT_EQ(test::first_difference(p.out, p.expected), "")
                    << rows << " x " << k << " x " << n;
            }
        }
    }
}

TEST(MatmulBf16, AppliesSteps)
{
    Bf16Problem p(13, 17, 37);
    ExactMatrix<Vec<>> bias(1, 37);
    Numbers numbers(2);
    bias.fill([&] { return numbers.whole(50); });
    matmul(p.x.view(), p.w.view(), p.out.view(), AddBias(bias.view()));
    reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                      reference::AddBias<Vec<>>{bias.view()});
    EXPECT_EQ(test::first_difference(p.out, p.expected), "");
}

TEST(MatmulInt8, SaysWhichExtentsDiffer)
{
    Int8Problem<2> p(2, 5, 7);
    ExactMatrix<RowMajor<>> out(3, 7);
    EXPECT_EQ(
        test::error_message([&] { matmul(p.inputs(), p.weight(), out.view()); }),
        "tfm::matmul: x is 2 x 5, the weight 5 x 7, the output 3 x 7; expected (M, K), (K, N), "
        "(M, N)");
}

} // namespace
