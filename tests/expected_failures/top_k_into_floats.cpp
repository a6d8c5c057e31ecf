// expect: top_k_rows writes columns to a tensor of std::int32_t
#include <tfm/tensor/tensor.hpp>
#include <tfm/tensor/top_k.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Index = float;
#else
using Index = std::int32_t;
#endif

void best(const Tensor<float, RowMajor<2, 9>>& x, Tensor<float, RowMajor<2, 3>>& values,
          Tensor<Index, RowMajor<2, 3>>& columns)
{
    top_k_rows(x, values, columns);
}
