// expect: SupportedPrecision
// expect: tfm::precision::fp32 only
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define WEIGHTS tfm::Dtype::int8
#else
#define WEIGHTS tfm::Dtype::fp32
#endif

constexpr tfm::DecoderShape shape{.vocab = 10, .context = 8, .width = 100, .heads = 4, .layers = 1};
constexpr tfm::Precision precision{WEIGHTS, tfm::Dtype::fp32, tfm::Dtype::fp32};

std::size_t use() { return tfm::Decoder<shape, precision>::weight_bytes(); }
