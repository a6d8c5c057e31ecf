// expect: tfm::pack it once, or include <tfm/kernels/plain_matmul.hpp>
#include <tfm/kernels/matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Weight = RowMajor<32, 80>;
#else
using Weight = Packed<32, 80>;
#endif

void project(View<const float, RowMajor<dyn, 32>> x, View<const float, Weight> w,
             View<float, RowMajor<dyn, 80>> out)
{
    matmul(x, w, out);
}
