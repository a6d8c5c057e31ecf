// expect: SameAxis<(0, 2, 3|1, 3, 2)>
// expect: these tensors must have the same shape
#include <tfm/tensor/algorithms.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using B = Tensor<float, RowMajor<3, 2>>;
#else
using B = Tensor<float, RowMajor<2, 3>>;
#endif

void sum(Tensor<float, Padded<2, 3>>& a, const B& b) { add(a, b, a); }
