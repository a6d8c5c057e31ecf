// expect: SameExtent<tfm::AColumns<32>, tfm::BRows<31> ?>
// expect: these two extents must be equal
#include <tfm/kernels/plain_matmul.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
constexpr std::size_t inner = 31;
#else
constexpr std::size_t inner = 32;
#endif

void multiply(const Tensor<float, RowMajor<4, 32>>& a, const Tensor<float, RowMajor<inner, 80>>& b,
              Tensor<float, RowMajor<4, 80>>& out)
{
    matmul(a, b, out);
}
