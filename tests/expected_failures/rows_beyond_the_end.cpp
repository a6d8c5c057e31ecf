// expect: SliceWithin<3, 2, 4>
// expect: this slice ends beyond its axis
#include <tfm/tensor/slices.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
constexpr std::size_t first = 3;
#else
constexpr std::size_t first = 2;
#endif

auto last_two(View<float, RowMajor<4, 8>> x) { return rows<2, first>(x); }
