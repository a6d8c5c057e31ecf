// expect-gcc: 'tfm::Tensor<float, .*' is not derived from 'tfm::View<
// expect-clang: could not match 'View' against 'Tensor'
#include <tfm/kernels/matmul.hpp>
#include <tfm/tensor/tensor.hpp>

using namespace tfm;

void project(const Tensor<float, RowMajor<4, 32>>& x, const Tensor<float, Packed<32, 80>>& w,
             Tensor<float, RowMajor<4, 80>>& out)
{
#ifndef TFM_EXPECT_SUCCESS
    matmul(x, w, out);
#else
    matmul(x.view(), w.view(), out.view());
#endif
}
