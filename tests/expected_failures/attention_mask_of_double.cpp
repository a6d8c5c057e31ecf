// expect: the mask of an attention holds float or tfm::bf16, which are added to scores
#include <tfm/kernels/scaled_dot_product_attention.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = double;
#else
using T = float;
#endif

void attend(View<float, RowMajor<dyn, 16>> x, View<const T, RowMajor<>> mask,
            View<float, RowMajor<dyn, 16>> out)
{
    scaled_dot_product_attention(x, x, x, out, {.attn_mask = mask});
}
