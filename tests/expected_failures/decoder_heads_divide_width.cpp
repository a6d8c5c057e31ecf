// expect: HeadsDivideWidth
// expect: Width<100>
// expect: Heads<3>
// expect: must be a multiple of its heads
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define HEADS 3
#else
#define HEADS 4
#endif

constexpr tfm::DecoderShape shape{
    .vocab = 10, .context = 8, .width = 100, .heads = HEADS, .layers = 1};

std::size_t use() { return tfm::Decoder<shape>::weight_bytes(); }
