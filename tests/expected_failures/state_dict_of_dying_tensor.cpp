// expect: name the tensor: a view does not keep it
#include <tfm/models/state_dict.hpp>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;

Tensor<float, RowMajor<2, 3>> made();

void fill(StateDict& arrays)
{
#ifndef TFM_EXPECT_SUCCESS
    arrays.add("weight", made());
#else
    auto const weight = made();
    arrays.add("weight", weight);
#endif
}
