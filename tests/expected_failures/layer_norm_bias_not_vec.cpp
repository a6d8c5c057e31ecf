// expect: biases, gains and other per-column parameters are Vec<N>
// expect: VectorParameter<tfm::RowMajor<1, 768> ?>
#include <tfm/kernels/layer_norm.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Bias = RowMajor<1, 768>;
#else
using Bias = Vec<768>;
#endif

void normalise(View<float, RowMajor<dyn, 768>> x, View<const float, Vec<768>> gain,
               View<const float, Bias> bias)
{
    layer_norm(x, gain, bias, 1e-5F, x);
}
