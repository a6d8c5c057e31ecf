// expect: a matmul takes its weight in the Packed<K, N> layout
// expect: Convert it once with tfm::pack\(source, packed\)
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
