// Kernels of rows on what ordinary tensors are: of fp32 and bf16, of more axes than two, and rows
// that lie apart in memory. What each computes is written once more here, in plain doubles.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/embedding.hpp>
#include <tfm/kernels/gelu.hpp>
#include <tfm/kernels/layer_norm.hpp>
#include <tfm/kernels/pack.hpp>
#include <tfm/kernels/rms_norm.hpp>
#include <tfm/kernels/rope.hpp>
#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/slices.hpp>

#include "error_message.hpp"
#include "exact_dense.hpp"

namespace {

using namespace tfm;
using test::ExactDense;
using test::ExactMatrix;
using test::Numbers;

constexpr float epsilon = 1e-5F;

using Row = std::vector<double>;

Row softmax_of(Row x)
{
    double const largest = *std::max_element(x.begin(), x.end());
    double sum = 0.0;
    for (double& value : x) sum += value = std::exp(value - largest);
    for (double& value : x) value /= sum;
    return x;
}

Row layer_norm_of(Row x, const Row& gain, const Row& bias)
{
    auto const n = static_cast<double>(x.size());
    double const mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
    double variance = 0.0;
    for (double const value : x) variance += (value - mean) * (value - mean) / n;
    for (std::size_t i = 0; i < x.size(); ++i) {
        double const normal = (x[i] - mean) / std::sqrt(variance + double{epsilon});
        x[i] = normal * gain[i] + bias[i];
    }
    return x;
}

Row rms_norm_of(Row x, const Row& gain)
{
    double square = 0.0;
    for (double const value : x) square += value * value / static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] *= gain[i] / std::sqrt(square + double{epsilon});
    return x;
}

Row gelu_of(Row x)
{
    for (double& value : x) value *= 0.5 * std::erfc(-value / std::sqrt(2.0));
    return x;
}

Row gelu_tanh_of(Row x)
{
    for (double& value : x) {
        double const u = std::sqrt(2.0 / std::acos(-1.0)) * (value + 0.044715 * std::pow(value, 3));
        value *= 0.5 * (1.0 + std::tanh(u));
    }
    return x;
}

/// The function of each row of a tensor of that width.
template <class F>
Row of_rows(const Row& x, std::size_t width, F&& f)
{
    Row all;
    for (std::size_t at = 0; at < x.size(); at += width) {
        auto const begin = x.begin() + static_cast<std::ptrdiff_t>(at);
        Row const one = f(Row(begin, begin + static_cast<std::ptrdiff_t>(width)));
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

template <class In, class Out>
struct Elements {
    using Input = In;
    using Output = Out;
};

template <class E>
class RowKernels : public testing::Test {
protected:
    using In = typename E::Input;
    using Out = typename E::Output;

    /// Expects of `kernel(x, out)` what `oracle(row)` says, in all layouts, and the same where
    /// `out` is `x`.
    template <class Kernel, class Oracle>
    void expect(Kernel&& kernel, Oracle&& oracle, double error = 2e-6)
    {
        for (std::size_t const width : {1U, 2U, 7U, 16U, 33U, 100U}) {
            test::Extents const extents{2, 3, 5, width};
            for (auto const& layout :
                 {test::contiguous(extents), test::heads_side_by_side(extents, 3)}) {
                ExactDense<In> x(layout);
                ExactDense<Out> out(test::heads_side_by_side(extents, 1));
                Numbers numbers(static_cast<std::uint32_t>(width));
                x.fill([&] { return numbers.uniform() * 4.0F; });
                Row const expected =
                    of_rows(test::doubles(x.view()), width, [&](Row row) { return oracle(row); });
                kernel(x.view(), out.view());
                EXPECT_LE(test::worst_of(out.view(), expected, error), 1.0) << width;
                EXPECT_TRUE(out.untouched_outside());
                if constexpr (std::is_same_v<In, Out>) {
                    kernel(x.view(), x.view());
                    EXPECT_EQ(test::doubles(x.view()), test::doubles(out.view())) << "in place";
                    EXPECT_TRUE(x.untouched_outside());
                }
            }
        }
    }

    /// Numbers around 1, a parameter of a row.
    static ExactMatrix<Vec<>, In> parameter(std::size_t width, std::uint32_t seed)
    {
        ExactMatrix<Vec<>, In> values(1, width);
        Numbers numbers(seed);
        values.fill([&] { return 1.0F + 0.5F * numbers.uniform(); });
        return values;
    }
};

using Types = testing::Types<Elements<float, float>, Elements<bf16, bf16>, Elements<float, bf16>,
                             Elements<bf16, float>>;
TYPED_TEST_SUITE(RowKernels, Types);

TYPED_TEST(RowKernels, Softmax)
{
    this->expect([](auto x, auto out) { softmax(x, out); }, softmax_of, 3e-7);
}

TYPED_TEST(RowKernels, LayerNorm)
{
    this->expect(
        [this](auto x, auto out) {
            layer_norm(x, this->parameter(x.cols(), 1).view(), this->parameter(x.cols(), 2).view(),
                       epsilon, out);
        },
        [this](Row row) {
            return layer_norm_of(row, test::doubles(this->parameter(row.size(), 1).view()),
                                 test::doubles(this->parameter(row.size(), 2).view()));
        },
        4e-6);
}

TYPED_TEST(RowKernels, RmsNorm)
{
    this->expect(
        [this](auto x, auto out) {
            rms_norm(x, this->parameter(x.cols(), 1).view(), epsilon, out);
        },
        [this](Row row) {
            return rms_norm_of(row, test::doubles(this->parameter(row.size(), 1).view()));
        });
}

TYPED_TEST(RowKernels, Gelu)
{
    this->expect([](auto x, auto out) { gelu(x, out); }, gelu_of);
    this->expect([](auto x, auto out) { gelu_tanh(x, out); }, gelu_tanh_of);
}

template <class T>
void expect_rope(std::size_t width, std::size_t turned)
{
    ExactDense<T> x(test::heads_side_by_side({2, 3, 5, width}, 2));
    ExactMatrix<Strided<>> angles(5, turned);
    Numbers numbers(static_cast<std::uint32_t>(width + turned));
    x.fill([&] { return numbers.uniform(); });
    angles.fill([&] { return numbers.uniform(); });
    Row expected = test::doubles(x.view());
    for (std::size_t row = 0; row < 30; ++row) {
        for (std::size_t i = 0; i < turned; i += 2) {
            double const even = expected[row * width + i];
            double const odd = expected[row * width + i + 1];
            double const cosine = angles.view()(row % 5, i);
            double const sine = angles.view()(row % 5, i + 1);
            expected[row * width + i] = even * cosine - odd * sine;
            expected[row * width + i + 1] = even * sine + odd * cosine;
        }
    }
    rope(x.view(), angles.view());
    EXPECT_LE(test::worst_of(x.view(), expected, 3e-7), 1.0) << turned << " of " << width;
    EXPECT_TRUE(x.untouched_outside());
}

TEST(RowKernelsOfMoreAxes, RopeTurnsEachHeadByTheAnglesOfItsTime)
{
    for (std::size_t const width : {2U, 7U, 16U}) {
        for (std::size_t turned = 0; turned <= width; turned += 2) {
            expect_rope<float>(width, turned);
            expect_rope<bf16>(width, turned);
        }
    }
}

TEST(RowKernelsOfMoreAxes, TakeTensorsRowsAndSlices)
{
    Tensor<float, RowMajor<3, 8>> x;
    Tensor<bf16, Dense<2, 3, 8>> out;
    Tensor<float, Vec<4>> ones;
    for (float& value : elements(x.view())) value = 1.0F;
    for (float& value : elements(ones.view())) value = 1.0F;
    softmax(x, select<0>(out.view(), 1));
    rms_norm(columns<4>(x.view(), 2), ones, epsilon, columns<4>(x.view(), 2));
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 8; ++j) {
            EXPECT_EQ(static_cast<float>(out(0, i, j)), 0.0F);
            EXPECT_EQ(static_cast<float>(out(1, i, j)), 0.125F);
            EXPECT_NEAR(x(i, j), 1.0F, 1e-5F);
        }
    }
}

template <class TT, class TO>
void expect_embedding(std::size_t width)
{
    constexpr std::size_t vocab = 21;
    std::vector<std::int64_t> const ids{3, 20, 0, 3, 7, 19};
    ExactMatrix<Strided<>, TT> table(vocab, width);
    ExactMatrix<Packed<>, TT> packed(width, vocab);
    Numbers numbers(static_cast<std::uint32_t>(width));
    table.fill([&] { return numbers.uniform(); });
    pack(table.view(), packed.view(), Orientation::out_in);
    ExactDense<TO> out(test::heads_side_by_side({1, 2, 3, width}, 1));
    Row expected;
    for (auto const id : ids) {
        for (std::size_t i = 0; i < width; ++i)
            expected.push_back(static_cast<float>(
                TO(static_cast<float>(table.view()(static_cast<std::size_t>(id), i)))));
    }
    embedding(ids, table.view(), out.view());
    EXPECT_EQ(test::doubles(out.view()), expected);
    out.fill([] { return 0.0F; });
    embedding(std::span(ids), packed.view(), out.view());
    EXPECT_EQ(test::doubles(out.view()), expected) << "packed";
    EXPECT_TRUE(out.untouched_outside());
}

TEST(Embedding, GathersRowsOfPlainAndPackedTables)
{
    for (std::size_t const width : {1U, 15U, 16U, 33U}) {
        expect_embedding<float, float>(width);
        expect_embedding<float, bf16>(width);
        expect_embedding<bf16, float>(width);
        expect_embedding<bf16, bf16>(width);
    }
}

TEST(Embedding, TakesPackedInt8)
{
    ExactMatrix<RowMajor<>> table(5, 3);
    Numbers numbers(1);
    table.fill([&] { return numbers.uniform(); });
    QuantizedTensor<> packed(Packed<>(3, 5));
    pack(table.view(), packed, Orientation::out_in);
    std::array<int, 2> const ids{4, 1};
    ExactMatrix<RowMajor<>> out(2, 3);
    embedding(ids, packed.view(), out.view());
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            float const expected = table.view()(static_cast<std::size_t>(ids[i]), j);
            EXPECT_NEAR(out.view()(i, j), expected, 1.0F / 254.0F);
        }
    }
}

TEST(Embedding, SaysWhichIdIsNone)
{
    ExactMatrix<RowMajor<>> table(5, 3), out(2, 3), narrow(2, 2);
    auto const message = [&](std::array<int, 2> ids, auto& to) {
        return test::error_message([&] { embedding(ids, table.view(), to.view()); });
    };
    EXPECT_EQ(message({1, 5}, out), "tfm::embedding: there is no token 5 in a table of 5");
    EXPECT_EQ(message({-1, 4}, out), "tfm::embedding: there is no token -1 in a table of 5");
    EXPECT_EQ(message({1, 4}, narrow),
              "tfm::embedding: the output is 2 x 2 for 2 ids of a table of width 3");
    EXPECT_EQ(message({1, 4}, out), "");
}

TEST(RowKernelErrors, SayThatRowsAreNotContiguous)
{
    Tensor<float, RowMajor<4, 4>> x, out;
    EXPECT_EQ(test::error_message([&] { softmax(transpose(x.view()), out); }),
              "tfm::softmax: the elements of a row of x (4 x 4) lie 4 apart; kernels take "
              "contiguous rows: copy to RowMajor first with tfm::copy");
    EXPECT_EQ(test::error_message([&] {
                  gelu(columns<2>(rows<2>(x.view(), 0), 0), every<1>(rows<2>(out.view(), 0), 2));
              }),
              "tfm::gelu: the elements of a row of the output (2 x 2) lie 2 apart; kernels take "
              "contiguous rows: copy to RowMajor first with tfm::copy");
    EXPECT_NE(test::error_message([&] { rope(transpose(x.view()), out); }), "");
    EXPECT_EQ(test::error_message([&] {
                  softmax(column(x.view(), 1), column(out.view(), 1));
              }).find("tfm::softmax"),
              0U);
    // One column has no elements apart.
    EXPECT_EQ(test::error_message(
                  [&] { gelu(slice<1, 1>(transpose(x.view()), 2), slice<1, 1>(out.view(), 0)); }),
              "");
}

TEST(RowKernelErrors, SayWhichExtentsDiffer)
{
    Tensor<float, Dense<dyn, dyn, dyn>> x(Dense<dyn, dyn, dyn>(2, 3, 4));
    Tensor<float, Dense<dyn, dyn, dyn>> out(Dense<dyn, dyn, dyn>(3, 2, 4));
    Tensor<float, Vec<>> gain(Vec<>(5));
    EXPECT_EQ(test::error_message([&] { softmax(x, out); }),
              "tfm::softmax: x is 2 x 3 x 4, the output 3 x 2 x 4");
    EXPECT_EQ(test::error_message([&] { rms_norm(x, gain, epsilon, x); }),
              "tfm::rms_norm: the gain has 5 elements, and the rows have 4");
}

} // namespace
