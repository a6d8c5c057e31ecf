// expect: this takes two axes: use permute, slice or select
#include <tfm/tensor/slices.hpp>

using namespace tfm;

auto turned(View<float, Dense<2, 3, 4>> x)
{
#ifndef TFM_EXPECT_SUCCESS
    return transpose(x);
#else
    return permute<0, 2, 1>(x);
#endif
}
