// expect: SameExtent<tfm::XColumns<10>, tfm::OutColumns<12> ?>
// expect: these two extents must be equal
#include <tfm/kernels/softmax.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Output = Padded<3, 12>;
#else
using Output = Padded<3, 10>;
#endif

void normalise(View<const float, RowMajor<3, 10>> x, View<float, Output> out) { softmax(x, out); }
