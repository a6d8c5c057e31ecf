// expect: activations are rows of contiguous elements
// expect: Packed is for weights and the KV cache only
#include <tfm/kernels/matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Activations = Packed<dyn, 32>;
#else
using Activations = Padded<dyn, 32>;
#endif

void project(View<const float, Activations> x, View<const float, Packed<32, 80>> w,
             View<float, RowMajor<dyn, 80>> out)
{
    matmul(x, w, out);
}
