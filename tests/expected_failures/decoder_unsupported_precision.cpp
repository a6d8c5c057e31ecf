// expect: SupportedPrecision
// expect: weights of fp32 and bf16 take activations of the same Precision
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define ACTIVATIONS tfm::Dtype::int8
#else
#define ACTIVATIONS tfm::Dtype::fp32
#endif

constexpr tfm::DecoderShape shape{.vocab = 10, .context = 8, .width = 100, .heads = 4, .layers = 1};
constexpr tfm::Precision precision{tfm::Dtype::fp32, ACTIVATIONS, tfm::Dtype::fp32};

std::size_t use() { return tfm::Decoder<shape, precision>::weight_bytes(); }
