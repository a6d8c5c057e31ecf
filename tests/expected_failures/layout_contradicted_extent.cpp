// expect-gcc: call to non-'constexpr' function 'void tfm::[a-z_]+::fail
// expect-clang: of a layout has the static extent
#include <tfm/tensor/layout.hpp>

#ifndef TFM_EXPECT_SUCCESS
constexpr tfm::RowMajor<tfm::dyn, 5> layout(6, 4);
#else
constexpr tfm::RowMajor<tfm::dyn, 5> layout(6, 5);
#endif
