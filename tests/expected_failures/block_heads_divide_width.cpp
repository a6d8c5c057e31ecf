// expect: ConsistentBlock
// expect: Set width and heads, and head_width where heads do not divide width
#include <tfm/nn/block.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define HEADS 3
#else
#define HEADS 4
#endif

constexpr tfm::BlockShape my_shape{.width = 100, .heads = HEADS};

std::size_t use(const tfm::Block<my_shape>& block) { return block.weight_bytes(); }
