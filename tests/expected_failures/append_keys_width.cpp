// expect: SameExtent<tfm::SourceColumns<80>, tfm::PackedK<64> ?>
// expect: these two extents must be equal
#include <tfm/kernels/attention.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
using Rows = RowMajor<dyn, 80>;
#else
using Rows = RowMajor<dyn, 64>;
#endif

void append(View<const float, Rows> rows, View<float, Packed<64, dyn>> keys)
{
    append_keys(rows, keys, 0);
}
