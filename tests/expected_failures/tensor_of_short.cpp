// expect-gcc: required for the satisfaction of 'Element<T>' \[with T = short( int)?\]
// expect-clang: because 'short' does not satisfy 'Element'
// expect: concept Element = KernelElement<T> \|\| std::same_as<T, double>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = short;
#else
using T = float;
#endif

Tensor<T, RowMajor<2, 3>> weights;
