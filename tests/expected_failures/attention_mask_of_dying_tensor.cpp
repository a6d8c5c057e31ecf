// expect: name the tensor: a view does not keep it
#include <tfm/kernels/scaled_dot_product_attention.hpp>

using namespace tfm;

Tensor<float, RowMajor<2, 3>> made();

AttentionOptions options()
{
#ifndef TFM_EXPECT_SUCCESS
    AttentionMask const mask(made());
#else
    static auto const ours = made();
    AttentionMask const mask(ours);
#endif
    return {.attn_mask = mask};
}
