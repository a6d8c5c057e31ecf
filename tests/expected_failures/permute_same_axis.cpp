// expect: permute<...> names each axis once
#include <tfm/tensor/slices.hpp>

using namespace tfm;
#ifndef TFM_EXPECT_SUCCESS
constexpr std::size_t last = 0;
#else
constexpr std::size_t last = 2;
#endif

auto by_head(View<float, Dense<2, 3, 4>> x) { return permute<1, 0, last>(x); }
