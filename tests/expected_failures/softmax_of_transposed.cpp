// expect: kernels take contiguous rows: copy to RowMajor first
#include <tfm/kernels/softmax.hpp>
#include <tfm/tensor/slices.hpp>

using namespace tfm;

void normalise(View<float, RowMajor<3, 3>> x)
{
#ifndef TFM_EXPECT_SUCCESS
    softmax(transpose(x), x);
#else
    softmax(x, x);
#endif
}
