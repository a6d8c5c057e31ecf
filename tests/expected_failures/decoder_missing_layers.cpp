// expect: NonEmptyShape
// expect: must be at least 1
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define LAYERS 0
#else
#define LAYERS 1
#endif

constexpr tfm::DecoderShape shape{
    .vocab = 10, .context = 8, .width = 100, .heads = 4, .layers = LAYERS};

std::size_t use() { return tfm::Decoder<shape>::weight_bytes(); }
