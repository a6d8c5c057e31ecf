// expect-gcc: required for the satisfaction of 'Layout<L>' \[with L = Shape\]
// expect-clang: because 'Shape' does not satisfy 'Layout'
#include <tfm/tensor/view.hpp>

using namespace tfm;
struct Shape {
    static constexpr int rows = 2;
    static constexpr int cols = 3;
};
#ifndef TFM_EXPECT_SUCCESS
using L = Shape;
#else
using L = RowMajor<2, 3>;
#endif

View<float, L> view;
