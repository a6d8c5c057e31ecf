// expect: tensors are not copied implicitly
// expect: clone\(\)
#include <tfm/tensor/tensor.hpp>

using namespace tfm;

Tensor<float, Vec<8>> twin(const Tensor<float, Vec<8>>& original)
{
#ifndef TFM_EXPECT_SUCCESS
    return original;
#else
    return original.clone();
#endif
}
