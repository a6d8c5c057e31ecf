// expect: this kernel takes float or tfm::bf16. Convert other elements with tfm::copy
// expect: KernelRows<(const )?signed char, ?tfm::RowMajor
#include <tfm/kernels/softmax.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using T = std::int8_t;
#else
using T = float;
#endif

void normalise(View<const T, RowMajor<dyn, 32>> x, View<float, RowMajor<dyn, 32>> out)
{
    softmax(x, out);
}
