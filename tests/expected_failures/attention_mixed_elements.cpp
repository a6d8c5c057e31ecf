// expect: takes queries, keys and values all in float or all in tfm::bf16
#include <tfm/kernels/scaled_dot_product_attention.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = bf16;
#else
using T = float;
#endif

void attend(View<float, RowMajor<dyn, 16>> q, View<T, RowMajor<dyn, 16>> k,
            View<float, RowMajor<dyn, 16>> out)
{
    scaled_dot_product_attention(q, k, k, out);
}
