// expect: the output view is read-only
// expect: a const Tensor only gives the latter
#include <tfm/kernels/matmul.hpp>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;
using Output = Tensor<float, RowMajor<4, 80>>;

void project(View<const float, RowMajor<4, 32>> x, View<const float, Packed<32, 80>> w,
#ifndef TFM_EXPECT_SUCCESS
             const Output& out)
#else
             Output& out)
#endif
{
    matmul(x, w, out.view());
}
