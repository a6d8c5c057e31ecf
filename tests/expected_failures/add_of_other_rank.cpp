// expect: SameRank<2, 1>
// expect: these tensors must have equally many axes
#include <tfm/tensor/algorithms.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using B = Tensor<float, Vec<3>>;
#else
using B = Tensor<float, RowMajor<2, 3>>;
#endif

void sum(Tensor<float, RowMajor<2, 3>>& a, const B& b) { add(a, b, a); }
