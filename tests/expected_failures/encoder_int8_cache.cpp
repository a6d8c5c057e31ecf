// expect: EncoderPrecision
// expect: keys and values of an encoder are fp32 or bf16
#include <cstddef>

#include <tfm/nn/encode.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define KV tfm::Dtype::int8
#else
#define KV tfm::Dtype::bf16
#endif

constexpr tfm::EncoderShape shape{.vocab = 10, .context = 8, .width = 16, .heads = 2, .layers = 1};
constexpr tfm::Precision precision{tfm::Dtype::int8, tfm::Dtype::int8, KV};

std::size_t use() { return tfm::Encoder<shape, precision>::weight_bytes(); }
