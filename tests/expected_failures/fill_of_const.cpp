// expect: WritableTensor
#include <tfm/tensor/algorithms.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using X = const Tensor<float, RowMajor<2, 3>>;
#else
using X = Tensor<float, RowMajor<2, 3>>;
#endif

void clear(X& x) { fill(x, 0); }
