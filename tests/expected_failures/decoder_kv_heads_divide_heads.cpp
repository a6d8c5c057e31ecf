// expect: KvHeadsDivideHeads
// expect: KvHeads<4>
// expect: Heads<6>
// expect: must be a multiple of its kv_heads
#include <cstddef>

#include <tfm/nn/forward.hpp>

#ifndef TFM_EXPECT_SUCCESS
#define KV_HEADS 4
#else
#define KV_HEADS 3
#endif

constexpr tfm::DecoderShape shape{
    .vocab = 10, .context = 8, .width = 96, .heads = 6, .layers = 1, .kv_heads = KV_HEADS};

std::size_t use() { return tfm::Decoder<shape>::weight_bytes(); }
