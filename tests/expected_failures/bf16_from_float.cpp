// expect-gcc: could not convert 'x' from 'float' to 'tfm::bf16'
// expect-clang: no viable conversion from returned value of type 'float' to .* 'tfm::bf16'
#include <tfm/tensor/dtype.hpp>

using namespace tfm;

bf16 half_the_bits(float x)
{
#ifndef TFM_EXPECT_SUCCESS
    return x;
#else
    return bf16(x);
#endif
}
