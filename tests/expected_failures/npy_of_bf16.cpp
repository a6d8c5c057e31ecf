// expect: numpy has no bf16: tfm::copy the tensor to one of float first
#include <tfm/io/npy.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = bf16;
#else
using T = float;
#endif

void write(const Tensor<T, RowMajor<2, 3>>& x) { save_npy("x.npy", x); }
