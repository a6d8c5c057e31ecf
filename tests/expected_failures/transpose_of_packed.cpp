// expect: parts are of strided elements: copy to RowMajor first
#include <tfm/tensor/slices.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using L = Packed<32, 48>;
#else
using L = Padded<32, 48>;
#endif

auto turned(View<float, L> x) { return transpose(x); }
