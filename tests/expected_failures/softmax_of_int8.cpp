// expect: Fp32
// expect: View<(const )?signed char, ?tfm::RowMajor|'(const )?signed char' does not satisfy 'Fp32'
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
