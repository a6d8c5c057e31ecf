// expect: SameExtent<tfm::XColumns<64>, tfm::PackedK<512> ?>
// expect: these two extents must be equal
#include <tfm/kernels/attention.hpp>

using namespace tfm;

void attend(View<const float, Strided<dyn, 64>> q, View<const float, Packed<64, 512>> keys,
            View<const float, Packed<512, 64>> values, View<float, Strided<dyn, 64>> out)
{
#ifndef TFM_EXPECT_SUCCESS
    causal_attention(q, values, keys, 0, out);
#else
    causal_attention(q, keys, values, 0, out);
#endif
}
