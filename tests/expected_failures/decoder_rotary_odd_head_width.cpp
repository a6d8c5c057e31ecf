// expect: RotaryFitsHead
// expect: HeadWidth<25>
// expect: rotary positions turn pairs of features
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define WIDTH 100
#else
#define WIDTH 104
#endif

constexpr tfm::DecoderShape shape{.vocab = 10,
                                  .context = 8,
                                  .width = WIDTH,
                                  .heads = 4,
                                  .layers = 1,
                                  .positions = tfm::Positions::rotary};

std::size_t use() { return tfm::Decoder<shape>::weight_bytes(); }
