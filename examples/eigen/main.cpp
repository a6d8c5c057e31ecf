/// \file
/// Tensors of tfm that Eigen computes with, and matrices of Eigen that tfm computes with, in place.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <Eigen/Core>

#include <tfm/tensor/algorithms.hpp>
#include <tfm/tensor/compare.hpp>
#include <tfm/tensor/print.hpp>
#include <tfm/tensor/random.hpp>
#include <tfm/tensor/reduce.hpp>
#include <tfm/tensor/slices.hpp>
#include <tfm/tensor/tensor.hpp>

#include "eigen_views.hpp"

namespace {

int failures = 0;

void expect(bool holds, const char* what)
{
    if (!holds) ++failures;
    std::printf("%s: %s\n", what, holds ? "as it should be" : "WRONG");
}

/// c = a b by Eigen, in memory of tfm's, padding between the rows included.
void eigen_multiplies_tensors()
{
    tfm::Tensor<float, tfm::Padded<3, tfm::dyn>> a({3, 4});
    tfm::Tensor<float, tfm::RowMajor<4, 2>> b;
    tfm::Tensor<double, tfm::RowMajor<3, 2>> c;
    tfm::random_normal(a, 1);
    tfm::random_normal(b, 2);
    as_eigen(c) = (as_eigen(a) * as_eigen(b)).cast<double>();
    double worst = 0;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 2; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < 4; ++k)
                sum += static_cast<double>(a(i, k)) * static_cast<double>(b(k, j));
            worst = std::max(worst, std::abs(sum - c(i, j)));
        }
    expect(worst < 1e-6, "a product");
    auto const& read = a;
    as_eigen(tfm::transpose(tfm::columns<2>(a, 1))).setConstant(5);
    expect(a(0, 0) != 5 && a(2, 1) == 5 && as_eigen(read)(1, 2) == 5 && a(1, 3) != 5,
           "a transposed part, written to");
    static_assert(decltype(as_eigen(b))::RowsAtCompileTime == 4);
}

/// tfm's algorithms on a matrix of Eigen's, which lies column after column.
void tfm_works_on_matrices()
{
    Eigen::MatrixXf x(2, 3);
    x << 1, 2, 3, 4, 5, 6;
    tfm::Tensor<std::int32_t, tfm::Vec<2>> best;
    tfm::argmax_rows(as_tfm(x), best);
    expect(best(0) == 2 && best(1) == 2, "places of the greatest of each row");
    tfm::scale(as_tfm(x), 10.0F, as_tfm(x));
    tfm::Tensor<float, tfm::RowMajor<2, 3>> copied;
    tfm::copy(as_tfm(x), copied);
    expect(copied(1, 0) == 40 && x(1, 0) == 40, "a copy row after row");
    Eigen::Matrix<float, 2, 3, Eigen::RowMajor> fixed = x;
    auto const view = as_tfm(fixed);
    static_assert(decltype(view)::layout_type::static_extents[1] == 3);
    auto block = x.block(0, 1, 2, 2);
    expect(tfm::equal(view, copied) && tfm::sum(as_tfm(block)) == 20 + 30 + 50 + 60, "a block");
    tfm::print(as_tfm(x));
}

} // namespace

int main()
{
    eigen_multiplies_tensors();
    tfm_works_on_matrices();
    return failures == 0 ? 0 : 1;
}
