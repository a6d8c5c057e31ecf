// expect: the output view is read-only
#include <tfm/nn/mlp.hpp>

#ifndef TFM_EXPECT_SUCCESS
using Number = const float;
#else
using Number = float;
#endif

constexpr tfm::BlockShape my_shape{.width = 64, .mlp_width = 100};

void use(const tfm::Mlp<my_shape>& mlp, tfm::Mlp<my_shape>::Workspace& workspace,
         tfm::View<const float, tfm::RowMajor<4, 64>> x,
         tfm::View<Number, tfm::RowMajor<4, 64>> out)
{
    mlp.forward(workspace, x, out);
}
