// expect: IndexedBy
#include <tfm/tensor/tensor.hpp>

using namespace tfm;

float third(const Tensor<float, RowMajor<2, 3>>& matrix)
{
#ifndef TFM_EXPECT_SUCCESS
    return matrix(2);
#else
    return matrix(0, 2);
#endif
}
