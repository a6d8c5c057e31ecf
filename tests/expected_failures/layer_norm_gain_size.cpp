// expect: SameExtent<tfm::XColumns<768>, tfm::GainSize<64> ?>
// expect: these two extents must be equal
#include <tfm/kernels/layer_norm.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Gain = Vec<64>;
#else
using Gain = Vec<768>;
#endif

void normalise(View<float, RowMajor<dyn, 768>> x, View<const float, Gain> gain,
               View<const float, Vec<768>> bias)
{
    layer_norm(x, gain, bias, 1e-5F, x);
}
