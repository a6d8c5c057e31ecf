// expect: a matmul takes matrices. Of tensors with more axes, multiply what tfm::select<0>
#include <tfm/kernels/plain_matmul.hpp>

using namespace tfm;

void multiply(View<const float, Dense<2, 3, 4>> a, View<const float, Dense<2, 4, 5>> b,
              View<float, Dense<2, 3, 5>> out)
{
#ifndef TFM_EXPECT_SUCCESS
    matmul(a, b, out);
#else
    for (std::size_t i = 0; i < 2; ++i) matmul(select<0>(a, i), select<0>(b, i), select<0>(out, i));
#endif
}
