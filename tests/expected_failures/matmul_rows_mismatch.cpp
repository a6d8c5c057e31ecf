// expect: SameExtent<tfm::XRows<4>, tfm::OutRows<1> ?>
// expect: these two extents must be equal
#include <tfm/kernels/matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Output = Vec<80>;
#else
using Output = RowMajor<4, 80>;
#endif

void project(View<const float, RowMajor<4, 32>> x, View<const float, Packed<32, 80>> w,
             View<float, Output> out)
{
    matmul(x, w, out);
}
