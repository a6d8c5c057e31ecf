// expect-gcc: cannot convert 'tfm::bf16' to 'float' in return
// expect-clang: no viable conversion from returned value of type 'tfm::bf16' to .* 'float'
#include <tfm/tensor/dtype.hpp>

using namespace tfm;

float all_the_bits(bf16 x)
{
#ifndef TFM_EXPECT_SUCCESS
    return x;
#else
    return static_cast<float>(x);
#endif
}
