// expect-gcc: required for the satisfaction of 'Element<T>' \[with T = double\]
// expect-clang: because 'double' does not satisfy 'Element'
// expect: concept Element = std::same_as<T, float> \|\| std::same_as<T, bf16>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = double;
#else
using T = float;
#endif

Tensor<T, RowMajor<2, 3>> weights;
