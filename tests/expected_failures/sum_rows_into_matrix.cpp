// expect: a reduction of rows gives one value a row
#include <tfm/tensor/reduce.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Out = Tensor<float, RowMajor<2, 1>>;
#else
using Out = Tensor<float, Vec<2>>;
#endif

void sums(const Tensor<float, RowMajor<2, 3>>& x, Out& out) { sum_rows(x, out); }
