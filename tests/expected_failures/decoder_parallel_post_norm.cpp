// expect: PostNormIsSequential
// expect: the residual must be sequential
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define PLACEMENT tfm::NormPlacement::after
#else
#define PLACEMENT tfm::NormPlacement::before
#endif

constexpr tfm::DecoderShape shape{.vocab = 10,
                                  .context = 8,
                                  .width = 96,
                                  .heads = 4,
                                  .layers = 1,
                                  .norm_placement = PLACEMENT,
                                  .residual = tfm::Residual::parallel};

std::size_t use() { return tfm::Decoder<shape>::weight_bytes(); }
