// expect: SameExtent<tfm::XColumns<768>, tfm::PackedK<1024> ?>
// expect: these two extents must be equal
// expect: Give both tensors the same extent, or make one of them tfm::dyn
#include <tfm/kernels/matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Weight = Packed<1024, 64>;
#else
using Weight = Packed<768, 64>;
#endif

void project(View<const float, RowMajor<dyn, 768>> x, View<const float, Weight> w,
             View<float, RowMajor<dyn, 64>> out)
{
    matmul(x, w, out);
}
