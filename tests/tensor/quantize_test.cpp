#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/quantize.hpp>
#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/quantize.hpp>
#include <tfm/tensor/random.hpp>

#include "own_layouts.hpp"

namespace {

using namespace tfm;

TEST(Quantize, RoundsToNearestEvenAndScalesToTheLimit)
{
    // The largest magnitude is 127, so that each value is its own multiple of the scale 1.
    Tensor<float, RowMajor<2, 6>> x;
    float const given[] = {-127, 0.5F, 1.5F, 2.5F, -2.5F, 126.5F};
    for (std::size_t i = 0; i < 6; ++i) {
        x(0, i) = given[i];
        x(1, i) = 2 * given[5 - i];
    }
    Tensor<std::int8_t, RowMajor<2, 6>> values;
    Tensor<float, Vec<2>> scales;
    quantize(x, values, scales, ScalePer::row);
    EXPECT_EQ(scales(0), 1.0F);
    EXPECT_EQ(scales(1), 2.0F);
    int const expected[] = {-127, 0, 2, 2, -2, 126};
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(values(0, i), expected[i]) << i;
        EXPECT_EQ(values(1, 5 - i), expected[i]) << i;
    }
    Tensor<double, ColumnMajor<2, 6>> back;
    dequantize(values, scales, ScalePer::row, back);
    EXPECT_EQ(back(0, 0), -127.0);
    EXPECT_EQ(back(1, 1), -4.0);
}

TEST(Quantize, OfRowsIsWhatTheKernelMakes)
{
    for (std::size_t const width : {1U, 7U, 16U, 129U}) {
        Tensor<float, Padded<>> x({5, width});
        random_normal(x, width, 0.0F, 3.0F);
        fill(slice<0>(x, 2, 1), 0);      // a row of zeros
        fill(slice<0>(x, 3, 1), 1e-41F); // 127 / 1e-41 is no number
        Tensor<std::int8_t, RowMajor<>> values({5, width}), expected({5, width});
        Tensor<float, Vec<>> scales(Vec<>(5)), expected_scales(Vec<>(5));
        quantize(x, values, scales, ScalePer::row);
        quantize_rows(x.view(), expected.view(), expected_scales.view());
        EXPECT_TRUE(equal(values, expected)) << width;
        EXPECT_TRUE(equal(scales, expected_scales)) << width;
    }
}

TEST(Quantize, ToAPackedWeightIsWhatPackMakes)
{
    Tensor<float, RowMajor<37, 29>> w;
    random_uniform(w, 5, -2.0F, 1.0F);
    fill(column(w, 4), 0);
    QuantizedTensor<37, 29> packed, expected;
    copy(w, packed);
    pack(w.view(), expected);
    EXPECT_TRUE(equal(packed.values, expected.values));
    EXPECT_TRUE(equal(packed.scales, expected.scales)) << "padding included";

    QuantizedTensor<37, 29> of_columns;
    Tensor<float, ColumnMajor<37, 29>> turned;
    copy(w, turned);
    copy(turned, of_columns);
    EXPECT_TRUE(equal(of_columns.values, expected.values));

    Tensor<float, Padded<37, 29>> back;
    copy(packed, back);
    for (std::size_t k = 0; k < 37; ++k)
        for (std::size_t n = 0; n < 29; ++n) {
            EXPECT_EQ(back(k, n), static_cast<float>(packed.values(k, n)) * packed.scales(n));
            EXPECT_LE(std::abs(back(k, n) - w(k, n)), packed.scales(n) * 0.50001F);
        }
    QuantizedTensor<37, 29> again;
    copy(back, again);
    EXPECT_TRUE(equal(again.values, packed.values)) << "what was rounded stays as it is";
}

TEST(Quantize, TakesNarrowTypesAndGivesRowsBack)
{
    Tensor<bf16, RowMajor<2, 3>> x;
    fill(x, -2);
    Tensor<std::int8_t, Strided<dyn, 3>> values({2, 3, 5});
    Tensor<float, Vec<2>> scales;
    quantize(x, values, scales, ScalePer::row);
    Tensor<bf16, RowMajor<2, 3>> back;
    copy(QuantizedRows<3>{values.view(), scales.data()}, back);
    EXPECT_TRUE(equal(back, x));
    Tensor<float, Vec<3>> columns;
    quantize(x, values, columns, ScalePer::column);
    EXPECT_EQ(columns(2), 2.0F / 127.0F);
    EXPECT_EQ(values(1, 2), -127);
}

TEST(Quantize, OfWhatIsNoNumberHasAScaleThatIsNone)
{
    for (float const bad :
         {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
        Tensor<float, RowMajor<2, 4>> x;
        fill(x, 1);
        x(1, 2) = bad;
        Tensor<std::int8_t, RowMajor<2, 4>> values;
        Tensor<float, Vec<2>> scales;
        quantize(x, values, scales, ScalePer::row);
        EXPECT_EQ(scales(0), 1.0F / 127.0F);
        EXPECT_TRUE(std::isnan(scales(1)));
    }
}

TEST(Quantize, RefusesOtherShapes)
{
    Tensor<float, RowMajor<>> const x({2, 3});
    Tensor<std::int8_t, RowMajor<>> values({2, 3}), wide({2, 4});
    Tensor<float, Vec<>> two(Vec<>(2)), three(Vec<>(3));
    EXPECT_THROW(quantize(x, wide, two, ScalePer::row), tfm::Error);
    EXPECT_THROW(quantize(x, values, three, ScalePer::row), tfm::Error);
    EXPECT_THROW(quantize(x, values, two, ScalePer::column), tfm::Error);
    EXPECT_NO_THROW(quantize(x, values, three, ScalePer::column));
    QuantizedTensor<> other(Packed<>(3, 3));
    EXPECT_THROW(copy(x, other), tfm::Error);
}

} // namespace
