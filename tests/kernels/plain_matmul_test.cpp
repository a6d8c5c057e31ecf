#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tfm/kernels/plain_matmul.hpp>
#include <tfm/tensor/slices.hpp>

#include "error_message.hpp"
#include "exact_dense.hpp"

namespace {

using namespace tfm;
using test::ExactDense;
using test::ExactMatrix;
using test::Numbers;

template <class In, class Out>
struct Elements {
    using Input = In;
    using Output = Out;
};

/// A workspace of exactly what is needed, in which every byte makes a NaN.
template <class T>
KernelWorkspace used_workspace(std::size_t rows, std::size_t inner)
{
    KernelWorkspace workspace(matmul_workspace_bytes<T>(rows, inner));
    if (workspace.size_bytes() > 0) std::memset(workspace.data(), 0xFF, workspace.size_bytes());
    return workspace;
}

template <class E>
class PlainMatmul : public testing::Test {
protected:
    using T = typename E::Input;
    using Out = typename E::Output;

    /// The products of few whole numbers add up exactly, whatever the order: to `out` each has to
    /// come rounded once.
    template <class A, class B>
    static std::vector<double> product(A a, B b)
    {
        std::vector<double> result;
        for (std::size_t i = 0; i < a.rows(); ++i) {
            for (std::size_t j = 0; j < b.cols(); ++j) {
                double sum = 0.0;
                for (std::size_t k = 0; k < a.cols(); ++k)
                    sum +=
                        double{static_cast<float>(a(i, k))} * double{static_cast<float>(b(k, j))};
                result.push_back(static_cast<float>(Out(static_cast<float>(sum))));
            }
        }
        return result;
    }

    static void expect(std::size_t m, std::size_t k, std::size_t n)
    {
        std::string const shape =
            std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n);
        Numbers numbers(static_cast<std::uint32_t>(m + 100 * k + 10000 * n));
        auto const whole = [&] { return numbers.whole(8); };
        ExactMatrix<Strided<>, T> a(m, k);
        ExactMatrix<RowMajor<>, T> b(k, n);
        ExactMatrix<Strided<>, T> turned(n, k);
        ExactDense<T> stepped(test::FourAxes({1, 1, k, n}, {0, 0, 2 * n + 5, 2}));
        ExactDense<Out> out(test::heads_side_by_side({1, 1, m, n}, 3));
        auto const to = select<0>(select<0>(out.view(), 0), 0);
        auto workspace = used_workspace<T>(m, k);
        a.fill(whole);
        b.fill(whole);
        turned.fill(whole);
        stepped.fill(whole);
        auto const check = [&](auto right) {
            EXPECT_EQ(test::doubles(to), product(a.view(), right)) << shape;
            EXPECT_TRUE(out.untouched_outside()) << shape;
            out.fill([] { return 0.5F; });
        };
        matmul(a.view(), b.view(), to);
        check(b.view());
        matmul(a.view(), transpose(turned.view()), to, workspace);
        check(transpose(turned.view()));
        matmul_transposed(a.view(), turned.view(), to);
        check(transpose(turned.view()));
        matmul_transposed(a.view(), transpose(b.view()), to, workspace);
        check(b.view());
        auto const steps = select<0>(select<0>(stepped.view(), 0), 0);
        matmul(a.view(), steps, to, workspace);
        check(steps);
    }
};

using Types = testing::Types<Elements<float, float>, Elements<bf16, bf16>, Elements<float, bf16>,
                             Elements<bf16, float>>;
TYPED_TEST_SUITE(PlainMatmul, Types);

TYPED_TEST(PlainMatmul, IsExactOfWholeNumbersInAnyShapeAndOrder)
{
    for (std::size_t const m : {1U, 2U, 7U, 33U}) {
        for (std::size_t const k : {1U, 2U, 3U, 17U, 64U, 101U}) {
            for (std::size_t const n : {1U, 15U, 16U, 17U, 64U, 65U, 150U}) this->expect(m, k, n);
        }
    }
}

TYPED_TEST(PlainMatmul, OfNothingIsZeroOrNothing)
{
    this->expect(3, 0, 20);
    this->expect(0, 5, 20);
    this->expect(3, 5, 0);
}

TEST(PlainMatmulSteps, SeeTheOutputsColumns)
{
    constexpr std::size_t m = 5, k = 9, n = 150; // three blocks of columns
    ExactMatrix<RowMajor<>> a(m, k), b(k, n), residual(m, n), out(m, n);
    ExactMatrix<Vec<>> bias(1, n);
    Numbers numbers(3);
    for (auto* const matrix : {&a, &b, &residual}) matrix->fill([&] { return numbers.uniform(); });
    bias.fill([&] { return numbers.uniform(); });
    matmul(a.view(), b.view(), out.view(), AddBias(bias.view()), Gelu{},
           AddResidual(residual.view()));
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            double y = bias.view()(j);
            for (std::size_t p = 0; p < k; ++p)
                y += double{a.view()(i, p)} * double{b.view()(p, j)};
            y *= 0.5 * std::erfc(-y / std::sqrt(2.0));
            EXPECT_NEAR(out.view()(i, j), y + double{residual.view()(i, j)}, 2e-6)
                << i << ", " << j;
        }
    }
}

TEST(PlainMatmulWorkspace, ServesSmallerShapesAndRefusesLargerOnes)
{
    Tensor<bf16, RowMajor<3, 5>> a;
    Tensor<bf16, RowMajor<5, 70>> b;
    Tensor<float, RowMajor<3, 70>> out;
    KernelWorkspace enough(matmul_workspace_bytes<bf16>(8, 40));
    KernelWorkspace less(matmul_workspace_bytes<bf16>(3, 5) - 1);
    EXPECT_EQ(test::error_message([&] { matmul(a, b, out, enough); }), "");
    std::string const message = test::error_message([&] { matmul(a, b, out, less); });
    EXPECT_EQ(message, "tfm::matmul: the workspace has " + std::to_string(less.size_bytes()) +
                           " bytes, and these shapes need " +
                           std::to_string(less.size_bytes() + 1));
}

TEST(PlainMatmulErrors, SayWhatWasExpected)
{
    ExactMatrix<RowMajor<>> a(2, 5), b(6, 3), out(2, 3);
    EXPECT_EQ(
        test::error_message([&] { matmul(a.view(), b.view(), out.view()); }),
        "tfm::matmul: a is 2 x 5, b 6 x 3, the output 2 x 3; expected (M, K), (K, N), (M, N)");
    EXPECT_EQ(test::error_message([&] { matmul_transposed(a.view(), b.view(), out.view()); }),
              "tfm::matmul_transposed: a is 2 x 5, b 6 x 3, the output 2 x 3; expected (M, K), "
              "(N, K), (M, N)");
    ExactMatrix<RowMajor<>> tall(3, 2), square(3, 3);
    EXPECT_EQ(
        test::error_message([&] { matmul(transpose(tall.view()), square.view(), out.view()); }),
        "tfm::matmul: the elements of a row of a (2 x 3) lie 2 apart; kernels take contiguous "
        "rows: copy to RowMajor first with tfm::copy");
}

} // namespace
