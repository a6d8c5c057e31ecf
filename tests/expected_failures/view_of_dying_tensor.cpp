// expect: name the tensor: a view does not keep it
#include <tfm/tensor/slices.hpp>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;

Tensor<float, RowMajor<2, 3>> made();

float corner()
{
#ifndef TFM_EXPECT_SUCCESS
    auto const turned = transpose(made());
#else
    auto const x = made();
    auto const turned = transpose(x);
#endif
    return turned(2, 1);
}
