// expect: SameExtent<.*XColumns<100>, .*Width<192> ?>
// expect: these two extents must be equal
#include <tfm/nn/block.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define COLUMNS 100
#else
#define COLUMNS 192
#endif

constexpr tfm::BlockShape my_shape{.width = 192, .heads = 6};

void use(const tfm::Block<my_shape>& block, tfm::Block<my_shape>::Workspace& workspace,
         tfm::Block<my_shape>::Cache& cache, float* x)
{
    tfm::View<float, tfm::RowMajor<tfm::dyn, COLUMNS>> const rows(x, {4, COLUMNS});
    block.forward(workspace, cache, rows, rows);
}
