// expect: BlockCache<
#include <tfm/nn/attention.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define CACHE_OF other_shape
#else
#define CACHE_OF my_shape
#endif

constexpr tfm::BlockShape my_shape{.width = 192, .heads = 6};
constexpr tfm::BlockShape other_shape{.width = 192, .heads = 6, .kv_heads = 2};

void use(const tfm::Attention<my_shape>& attention, tfm::Attention<my_shape>::Workspace& workspace,
         tfm::Attention<CACHE_OF>::Cache& cache, tfm::Tensor<float, tfm::RowMajor<4, 192>>& x)
{
    attention.forward(workspace, cache, x, x);
}
