// expect: blocks and layers read and write rows of floats
#include <tfm/nn/linear.hpp>

#ifndef TFM_EXPECT_SUCCESS
using Number = tfm::bf16;
#else
using Number = float;
#endif

using Layer = tfm::Linear<64, 32, tfm::precision::bf16>;

void use(const Layer& layer, Layer::Workspace& workspace,
         const tfm::Tensor<Number, tfm::RowMajor<4, 64>>& x,
         tfm::Tensor<float, tfm::RowMajor<4, 32>>& out)
{
    layer.forward(workspace, x, out);
}
