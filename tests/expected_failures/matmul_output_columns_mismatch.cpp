// expect: SameExtent<tfm::OutColumns<64>, tfm::PackedN<80> ?>
// expect: these two extents must be equal
#include <tfm/kernels/matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Output = RowMajor<dyn, 64>;
#else
using Output = RowMajor<dyn, 80>;
#endif

void project(View<const float, RowMajor<dyn, 32>> x, View<const float, Packed<32, 80>> w,
             View<float, Output> out)
{
    matmul(x, w, out);
}
