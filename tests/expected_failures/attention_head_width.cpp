// expect: SameExtent<tfm::XColumns<64>, tfm::PackedK<80> ?>
// expect: these two extents must be equal
#include <tfm/kernels/attention.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
constexpr std::size_t head_width = 80;
#else
constexpr std::size_t head_width = 64;
#endif

void attend(View<const float, Strided<dyn, 64>> q, View<const float, Packed<head_width, dyn>> keys,
            View<const float, Packed<dyn, head_width>> values, View<float, Strided<dyn, 64>> out)
{
    causal_attention(q, keys, values, 0, out);
}
