// expect: rotary_width of a BlockShape says how many features of a head turn
#include <tfm/nn/attention.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define ROTARY_WIDTH 0
#else
#define ROTARY_WIDTH 20
#endif

constexpr tfm::BlockShape my_shape{
    .width = 80, .heads = 4, .rotary_width = ROTARY_WIDTH, .rotary = {.width = 20}};

std::size_t use(const tfm::Attention<my_shape>& part) { return part.weight_bytes(); }
