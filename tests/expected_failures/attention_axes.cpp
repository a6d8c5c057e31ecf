// expect: are all \(batch, heads, time, width\), \(heads, time, width\) or \(time, width\)
// expect: AttentionAxes<3, 4, 4, 3>
#include <tfm/kernels/scaled_dot_product_attention.hpp>
#include <tfm/tensor/reshape.hpp>

using namespace tfm;

void attend(View<float, Dense<4, dyn, 16>> q, View<float, Dense<1, 4, dyn, 16>> k,
            View<float, Dense<4, dyn, 16>> out)
{
#ifndef TFM_EXPECT_SUCCESS
    scaled_dot_product_attention(q, k, k, out);
#else
    scaled_dot_product_attention(q, select<0>(k, 0), select<0>(k, 0), out);
#endif
}
