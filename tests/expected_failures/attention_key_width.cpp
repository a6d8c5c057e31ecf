// expect: SameExtent<tfm::QueryWidth<16>, tfm::KeyWidth<8> ?>
// expect: these two extents must be equal
#include <tfm/kernels/scaled_dot_product_attention.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
constexpr std::size_t width = 8;
#else
constexpr std::size_t width = 16;
#endif

void attend(View<float, Dense<1, 4, dyn, 16>> q, View<float, Dense<1, 4, dyn, width>> k,
            View<float, Dense<1, 4, dyn, 16>> v, View<float, Dense<1, 4, dyn, 16>> out)
{
    scaled_dot_product_attention(q, k, v, out);
}
