#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/quantize.hpp>

#include "error_message.hpp"
#include "exact_matrix.hpp"

namespace {

using namespace tfm;
using test::ExactMatrix;
using test::Numbers;

constexpr std::array<std::size_t, 9> widths = {1, 2, 3, 15, 16, 17, 64, 65, 300};

/// Rows of floats, their values and their scales.
struct Quantized {
    ExactMatrix<Strided<>> x;
    ExactMatrix<Strided<>, std::int8_t> values;
    ExactMatrix<Vec<>> scales;

    explicit Quantized(std::size_t rows, std::size_t cols, std::size_t rows_each = 1)
        : x(rows, cols), values(rows * rows_each, cols), scales(1, rows)
    {
    }
};

// 127 units are exactly representable, so that every value and scale is known.
TEST(QuantizeRows, IsExactOnMultiplesOfTheScale)
{
    for (std::size_t const cols : widths) {
        Quantized q(5, cols);
        Numbers numbers(static_cast<std::uint32_t>(cols));
        q.x.fill([&] { return numbers.whole(127) * 0.25F; });
        for (std::size_t m = 0; m < 5; ++m) q.x.view()(m, numbers.below(cols)) = -127.0F * 0.25F;
        quantize_rows(q.x.view(), q.values.view(), q.scales.view());
        for (std::size_t m = 0; m < 5; ++m) {
            EXPECT_EQ(q.scales.view()(m), 0.25F);
            for (std::size_t k = 0; k < cols; ++k) {
                ASSERT_EQ(static_cast<float>(q.values.view()(m, k)) * 0.25F, q.x.view()(m, k));
            }
        }
        EXPECT_TRUE(q.values.untouched_outside());
    }
}

TEST(QuantizeRows, ErrsByHalfAStepAtMostAndRoundsTiesToEven)
{
    Quantized q(7, 300);
    Numbers numbers(3);
    q.x.fill([&] { return numbers.uniform() * 3.0F; });
    quantize_rows(q.x.view(), q.values.view(), q.scales.view());
    for (std::size_t m = 0; m < 7; ++m) {
        double const scale = static_cast<double>(q.scales.view()(m));
        for (std::size_t k = 0; k < 300; ++k) {
            double const error =
                static_cast<double>(q.x.view()(m, k)) - q.values.view()(m, k) * scale;
            ASSERT_LE(std::abs(error), 0.5001 * scale);
        }
    }
    Quantized ties(1, 5);
    std::array<float, 5> const x{127.0F, 0.5F, 1.5F, -0.5F, -2.5F};
    std::copy(x.begin(), x.end(), ties.x.view().row(0));
    quantize_rows(ties.x.view(), ties.values.view(), ties.scales.view());
    std::array<int, 5> const expected{127, 0, 2, 0, -2};
    for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(ties.values.view()(0, k), expected[k]);
}

TEST(QuantizeRows, OfZerosAreZerosAndOfNoNumbersAreNoNumbers)
{
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t const cols : widths) {
        Quantized q(5, cols);
        q.x.view()(1, cols - 1) = nan;
        q.x.view()(2, cols / 2) = infinity;
        q.x.view()(3, 0) = -infinity;
        q.x.view()(4, 0) = std::numeric_limits<float>::denorm_min();
        quantize_rows(q.x.view(), q.values.view(), q.scales.view());
        EXPECT_EQ(q.scales.view()(0), 0.0F);
        for (std::size_t const m : {1U, 2U, 3U}) EXPECT_TRUE(std::isnan(q.scales.view()(m)));
        for (std::size_t k = 0; k < cols; ++k) EXPECT_EQ(q.values.view()(0, k), 0);
        EXPECT_EQ(q.values.view()(4, 0), 0);
    }
}

TEST(SplitRows, KeepsSixteenBits)
{
    for (std::size_t const cols : widths) {
        Quantized q(4, cols, 2);
        Numbers numbers(static_cast<std::uint32_t>(cols));
        q.x.fill([&] { return numbers.uniform(); });
        split_rows(q.x.view(), q.values.view(), q.scales.view());
        for (std::size_t m = 0; m < 4; ++m) {
            double const scale = static_cast<double>(q.scales.view()(m));
            for (std::size_t k = 0; k < cols; ++k) {
                int const whole = q.values.view()(2 * m, k) * 256 + q.values.view()(2 * m + 1, k);
                double const error = static_cast<double>(q.x.view()(m, k)) - whole * scale;
                // Half a step, and the rounding of the product before it: 2^-24 of 32512 steps.
                ASSERT_LE(std::abs(error), 0.503 * scale) << whole;
            }
        }
    }
}

TEST(ConvertRows, RoundsAsTheTypeDoes)
{
    for (std::size_t const cols : widths) {
        ExactMatrix<Strided<>> x(3, cols);
        ExactMatrix<Strided<>, Bf16Input> out(3, cols);
        Numbers numbers(static_cast<std::uint32_t>(cols));
        x.fill([&] { return numbers.uniform() * 100.0F; });
        convert_rows(x.view(), out.view());
        for (std::size_t m = 0; m < 3; ++m) {
            for (std::size_t k = 0; k < cols; ++k)
                ASSERT_EQ(out.view()(m, k), Bf16Input(x.view()(m, k)));
        }
        EXPECT_TRUE(out.untouched_outside());
    }
}

TEST(Pack, QuantisesEachColumn)
{
    for (Orientation const orientation : {Orientation::in_out, Orientation::out_in}) {
        bool const transposed = orientation == Orientation::out_in;
        constexpr std::size_t k_extent = 70;
        constexpr std::size_t n_extent = 37;
        ExactMatrix<RowMajor<>> source(transposed ? n_extent : k_extent,
                                       transposed ? k_extent : n_extent);
        Numbers numbers(9);
        source.fill([&] { return numbers.uniform(); });
        QuantizedTensor<> packed({k_extent, n_extent});
        pack(source.view(), packed, orientation);
        for (std::size_t n = 0; n < n_extent; ++n) {
            auto const at = [&](std::size_t k) {
                return transposed ? source.view()(n, k) : source.view()(k, n);
            };
            float largest = 0.0F;
            for (std::size_t k = 0; k < k_extent; ++k) largest = std::max(largest, std::abs(at(k)));
            EXPECT_EQ(packed.scales(n), largest / 127.0F);
            for (std::size_t k = 0; k < k_extent; ++k) {
                float const error =
                    at(k) - static_cast<float>(packed.values(k, n)) * packed.scales(n);
                ASSERT_LE(std::abs(error), 0.5001F * packed.scales(n));
            }
        }
        for (std::size_t n = n_extent; n < packed.scales.size(); ++n) {
            EXPECT_EQ(packed.scales(n), 0.0F);
        }
    }
}

TEST(Pack, RoundsToBf16)
{
    ExactMatrix<RowMajor<>> source(33, 20);
    Numbers numbers(4);
    source.fill([&] { return numbers.uniform(); });
    Tensor<bf16, Packed<>> packed({33, 20});
    pack(source.view(), packed.view());
    for (std::size_t k = 0; k < 33; ++k) {
        for (std::size_t n = 0; n < 20; ++n) EXPECT_EQ(packed(k, n), bf16(source.view()(k, n)));
    }
}

TEST(QuantizeRows, SaysWhichExtentsDiffer)
{
    Quantized q(2, 5);
    ExactMatrix<Vec<>> one(1, 1);
    EXPECT_EQ(test::error_message([&] { quantize_rows(q.x.view(), q.values.view(), one.view()); }),
              "tfm::quantize_rows: x is 2 x 5, the values 2 x 5, the scales 1");
    EXPECT_NE(
        test::error_message([&] { split_rows(q.x.view(), q.values.view(), q.scales.view()); }), "");
}

} // namespace
