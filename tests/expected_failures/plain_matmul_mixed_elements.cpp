// expect: takes both in float or both in tfm::bf16: convert one with tfm::copy
// expect: SameElements<float, tfm::bf16>
#include <tfm/kernels/plain_matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = bf16;
#else
using T = float;
#endif

void multiply(View<const float, RowMajor<>> a, View<const T, RowMajor<>> b,
              View<float, RowMajor<>> out)
{
    matmul(a, b, out);
}
