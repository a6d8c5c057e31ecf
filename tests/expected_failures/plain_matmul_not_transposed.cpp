// expect: SameExtent<tfm::AColumns<32>, tfm::BRows<80> ?>
// expect: these two extents must be equal
#include <tfm/kernels/plain_matmul.hpp>

using namespace tfm;

// The weight of PyTorch's Linear is (out, in).
void linear(View<const float, RowMajor<dyn, 32>> x, View<const float, RowMajor<80, 32>> weight,
            View<float, RowMajor<dyn, 80>> out)
{
#ifndef TFM_EXPECT_SUCCESS
    matmul(x, weight, out);
#else
    matmul_transposed(x, weight, out);
#endif
}
