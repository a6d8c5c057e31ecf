#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <tfm/kernels/matmul.hpp>
#include <tfm/kernels/reference.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr std::array<std::size_t, 11> widths = {1, 2, 3, 15, 16, 17, 31, 33, 64, 65, 100};

/// x and W of small whole numbers times `unit`, so that every partial sum is exact and the kernel
/// must agree with the oracle in every bit.
template <class LX, class LW, class LO>
struct Problem {
    ExactMatrix<LX> x;
    ExactMatrix<LW> w;
    ExactMatrix<LO> out;
    ExactMatrix<LO> expected;

    Problem(std::size_t rows, std::size_t k, std::size_t n, float unit = 1.0F)
        : x(rows, k), w(k, n), out(rows, n), expected(rows, n)
    {
        Numbers numbers(static_cast<std::uint32_t>(rows * 1'000'003 + k * 1009 + n));
        x.fill([&] { return numbers.whole(8) * unit; });
        w.fill([&] { return numbers.whole(8); });
        out.fill([&] { return numbers.uniform(); });
    }

    std::string first_difference() const { return test::first_difference(out, expected); }
};

template <class LX, class LW, class LO>
void expect_exact(std::size_t rows, std::size_t k, std::size_t n, float unit = 1.0F)
{
    Problem<LX, LW, LO> p(rows, k, n, unit);
    matmul(p.x.view(), p.w.view(), p.out.view());
    reference::matmul(p.x.view(), p.w.view(), p.expected.view());
    EXPECT_EQ(p.first_difference(), "")
        << test::describe(p.x.layout()) << " times " << test::describe(p.w.layout()) << " into "
        << test::describe(p.out.layout());
}

using DynRows = RowMajor<>;
using DynPadded = Padded<>;
using DynStrided = Strided<>;
using DynPacked = Packed<>;
using Check = void (*)(std::size_t, std::size_t, std::size_t, float);

constexpr std::array<Check, 9> layout_pairs = {
    expect_exact<DynRows, DynPacked, DynRows>,      expect_exact<DynRows, DynPacked, DynPadded>,
    expect_exact<DynRows, DynPacked, DynStrided>,   expect_exact<DynPadded, DynPacked, DynRows>,
    expect_exact<DynPadded, DynPacked, DynPadded>,  expect_exact<DynPadded, DynPacked, DynStrided>,
    expect_exact<DynStrided, DynPacked, DynRows>,   expect_exact<DynStrided, DynPacked, DynPadded>,
    expect_exact<DynStrided, DynPacked, DynStrided>};

TEST(Matmul, IsExactOnWholeNumbersOfAnyShapeAndLayout)
{
    std::size_t turn = 0; // 9 layouts against 40 x 11 x 11 shapes: each meets all widths
    for (std::size_t rows = 1; rows <= 40; ++rows) {
        for (std::size_t const k : widths) {
            for (std::size_t const n : widths) {
                layout_pairs[turn++ % layout_pairs.size()](rows, k, n, 1.0F);
                if (HasFailure()) return;
            }
        }
    }
}

TEST(Matmul, TakesOneRowAsAVec)
{
    for (std::size_t const k : widths) {
        for (std::size_t const n : widths) expect_exact<Vec<>, DynPacked, Vec<>>(1, k, n);
    }
    expect_exact<Vec<33>, Packed<33, 65>, Vec<65>>(1, 33, 65);
    expect_exact<Vec<768>, Packed<768, 2304>, RowMajor<1, 2304>>(1, 768, 2304);
}

TEST(Matmul, IsExactWithStaticExtents)
{
    expect_exact<RowMajor<7, 17>, Packed<17, 31>, Padded<7, 31>>(7, 17, 31);
    expect_exact<Padded<13, 65>, Packed<65, 33>, RowMajor<13, 33>>(13, 65, 33);
    expect_exact<Strided<5, 1>, Packed<1, 100>, Strided<5, 100>>(5, 1, 100);
    for (std::size_t const rows : {1U, 2U, 5U, 25U})
        expect_exact<RowMajor<dyn, 768>, Packed<768, 2304>, RowMajor<dyn, 2304>>(rows, 768, 2304);
}

TEST(Matmul, KeepsSubnormalsAndLargeNumbers)
{
    for (float const unit : {std::numeric_limits<float>::denorm_min(), 0x1p-126F, 0x1p110F})
        expect_exact<DynRows, DynPacked, DynRows>(13, 65, 33, unit);
}

TEST(Matmul, OfNothingIsNothing)
{
    expect_exact<DynRows, DynPacked, DynRows>(0, 5, 7);
    expect_exact<DynRows, DynPacked, DynRows>(5, 7, 0);
    expect_exact<DynRows, DynPacked, DynRows>(5, 0, 7); // sums of no products are zero
}

TEST(Matmul, StaysWithinARandomWalkOfRoundings)
{
    constexpr std::size_t rows = 13;
    constexpr std::size_t k = 3072;
    constexpr std::size_t n = 33;
    Problem<DynRows, DynPacked, DynRows> p(rows, k, n);
    Numbers numbers(1);
    p.x.fill([&] { return numbers.uniform(); });
    p.w.fill([&] { return numbers.uniform(); });
    matmul(p.x.view(), p.w.view(), p.out.view());
    double worst = 0.0; // in units of sqrt(K) 2^-24 sum |x w|
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            double sum = 0.0;
            double magnitude = 0.0;
            for (std::size_t c = 0; c < k; ++c) {
                double const product =
                    static_cast<double>(p.x.view()(i, c)) * static_cast<double>(p.w.view()(c, j));
                sum += product;
                magnitude += std::abs(product);
            }
            double const step = std::sqrt(static_cast<double>(k)) * 0x1p-24 * magnitude;
            worst = std::max(worst, std::abs(static_cast<double>(p.out.view()(i, j)) - sum) / step);
        }
    }
    RecordProperty("largest_share_of_a_random_walk", std::to_string(worst));
    EXPECT_LE(worst, 1.0);
}

// A thread of a team computes some panels; together they compute all, whatever their number.
TEST(MatmulPanels, TeamsOfAnySizeComputeTheWhole)
{
    Problem<DynRows, DynPacked, DynStrided> p(14, 33, 100);
    reference::matmul(p.x.view(), p.w.view(), p.expected.view());
    std::size_t const panels = p.w.layout().panels();
    for (std::size_t threads = 1; threads <= panels + 2; ++threads) {
        p.out.fill([] { return -1.0F; });
        for (std::size_t rank = 0; rank < threads; ++rank) {
            matmul_panels(p.x.view(), p.w.view(), Team(rank, threads).share(panels),
                          StoreRows{p.out.view().data(), p.out.view().row_stride()});
        }
        EXPECT_EQ(p.first_difference(), "") << threads << " threads";
    }
}

TEST(Epilogue, AddsBiasAndResidualExactly)
{
    for (std::size_t const rows : {1U, 6U, 13U, 37U}) {
        for (std::size_t const n : widths) {
            Problem<DynRows, DynPacked, DynStrided> p(rows, 17, n);
            Numbers numbers(7);
            ExactMatrix<Vec<>> bias(1, n);
            bias.fill([&] { return numbers.whole(100); });
            ExactMatrix<DynPadded> residual(rows, n);
            residual.fill([&] { return numbers.whole(100); });
            View<const float, Vec<>> const read_bias = bias.view();
            View<const float, DynPadded> const read_residual = residual.view();

            matmul(p.x.view(), p.w.view(), p.out.view(), AddBias(read_bias));
            reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                              reference::AddBias<Vec<>>{read_bias});
            ASSERT_EQ(p.first_difference(), "") << "bias, " << rows << " x " << n;

            matmul(p.x.view(), p.w.view(), p.out.view(), AddBias(bias.view()),
                   AddResidual(residual.view()));
            reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                              reference::AddBias<Vec<>>{read_bias},
                              reference::AddResidual<DynPadded>{read_residual});
            ASSERT_EQ(p.first_difference(), "") << "bias and residual, " << rows << " x " << n;
        }
    }
}

TEST(Epilogue, TheResidualMayBeTheOutput)
{
    for (std::size_t const rows : {1U, 5U, 25U}) {
        for (std::size_t const n : widths) {
            Problem<DynRows, DynPacked, DynStrided> p(rows, 31, n);
            Numbers numbers(3);
            p.out.fill([&] { return numbers.whole(50); });
            View<const float, DynStrided> const residual = p.out.view();
            reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                              reference::AddResidual<DynStrided>{residual});
            matmul(p.x.view(), p.w.view(), p.out.view(), AddResidual(p.out.view()));
            ASSERT_EQ(p.first_difference(), "") << rows << " x " << n;
        }
    }
}

TEST(Epilogue, TheFactorsMayBeTheOutput)
{
    for (std::size_t const rows : {1U, 5U, 25U}) {
        for (std::size_t const n : widths) {
            Problem<DynRows, DynPacked, DynStrided> p(rows, 31, n);
            Numbers numbers(5);
            p.out.fill([&] { return numbers.whole(4); });
            View<const float, DynStrided> const factors = p.out.view();
            reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                              reference::MultiplyBy<DynStrided>{factors});
            matmul(p.x.view(), p.w.view(), p.out.view(), MultiplyBy(p.out.view()));
            ASSERT_EQ(p.first_difference(), "") << rows << " x " << n;
        }
    }
}

/// Largest error of bias, then an activation, then a residual, each step in the given order.
template <class Step, class ReferenceStep>
double activation_error(std::size_t rows, std::size_t n)
{
    Problem<DynRows, DynPacked, DynRows> p(rows, 33, n, 1.0F / 64.0F);
    Numbers numbers(11);
    ExactMatrix<Vec<>> bias(1, n);
    bias.fill([&] { return numbers.uniform(); });
    ExactMatrix<DynRows> residual(rows, n);
    residual.fill([&] { return numbers.uniform(); });
    matmul(p.x.view(), p.w.view(), p.out.view(), AddBias(bias.view()), Step{},
           AddResidual(residual.view()));
    reference::matmul(p.x.view(), p.w.view(), p.expected.view(),
                      reference::AddBias<Vec<>>{bias.view()}, ReferenceStep{},
                      reference::AddResidual<DynRows>{residual.view()});
    return test::largest_error(p.out, p.expected);
}

// Outputs are within about +-20, where a float's half unit is 1e-6.
TEST(Epilogue, AppliesActivationsBetweenBiasAndResidual)
{
    for (std::size_t const rows : {1U, 13U}) {
        for (std::size_t const n : widths) {
            EXPECT_LE((activation_error<Gelu, reference::Gelu>(rows, n)), 3e-6) << n;
            EXPECT_LE((activation_error<GeluTanh, reference::GeluTanh>(rows, n)), 3e-6) << n;
            EXPECT_LE((activation_error<Silu, reference::Silu>(rows, n)), 3e-6) << n;
            EXPECT_LE((activation_error<Relu, reference::Relu>(rows, n)), 3e-6) << n;
        }
    }
}

TEST(Matmul, SaysWhichExtentsDiffer)
{
    ExactMatrix<DynRows> x(2, 5);
    ExactMatrix<DynPacked> w(6, 7);
    ExactMatrix<DynRows> out(2, 7);
    EXPECT_EQ(test::error_message([&] { matmul(x.view(), w.view(), out.view()); }),
              "tfm::matmul: x is 2 x 5, the weight 6 x 7, the output 2 x 7; expected (M, K), "
              "(K, N), (M, N)");
    ExactMatrix<DynRows> wide(2, 6);
    ExactMatrix<DynRows> narrow_out(2, 8);
    ExactMatrix<DynRows> short_out(1, 7);
    EXPECT_NE(test::error_message([&] { matmul(wide.view(), w.view(), narrow_out.view()); }), "");
    EXPECT_NE(test::error_message([&] { matmul(wide.view(), w.view(), short_out.view()); }), "");
}

} // namespace
